//! The whole pipeline as one function.
