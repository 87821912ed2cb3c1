//! All integration tests, in one binary.
mod cli;
mod io;
mod tidy;
mod yaml;
mod schema;
