//! KDL 2 to nodes.
