//! The language: every noun and every field, once.
//!
//! The doc comments are what editors and the reference page show.

mod component;
mod container;
mod environment;
mod fleet;
mod rollout;
mod service;

pub use component::*;
pub use container::*;
pub use environment::*;
pub use fleet::*;
pub use rollout::*;
pub use service::*;

use super::bound::{Bound, JsonField, ShareFloor};
use super::field::{
    At, Calls, Field, Flag, Grouped, ListOf, Named, Remove, Sequence, Set, Strings, Struct, structs,
};
use super::scalar::{Accepts, Scalar, ScalarShape, integers, plain_integer};
use super::shape::{Datum, Kind, Shape};
use super::text::*;
use super::unit::*;

integers! {
    /// A TCP port.
    Port(u16) "a port" "8080" 1..=65535;
    /// A number of things, at least one.
    Count(u32) "a number" "3" 1..=10_000;
    /// Percent of the traffic.
    Weight(u8) "a percentage without its sign" "25" 1..=100;
    /// A Unix user or group.
    UserId(u32) "a user" "1000" 1..=2_147_483_647;
    /// Failed tries.
    Tries(u16) "a number of tries" "3" 1..=1000;
    /// Availability zones.
    Zones(u8) "a number of zones" "3" 1..=20;
}
