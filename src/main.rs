//! The command line of Tiphys.

fn main() {}
