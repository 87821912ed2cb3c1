//! All integration tests, in one binary.
mod io;
mod cli;
mod tidy;
mod schema;
