//! Resolved nouns: what the layers of a fleet come to.
