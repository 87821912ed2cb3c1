//! All integration tests, in one binary.
mod cli;
mod fleet;
mod io;
mod tidy;
mod yaml;
mod schema;
