//! The edge: the only module that touches disk, processes, environment and clock.
