//! What must hold for emitted objects, each alone and all together, beyond their schemas.

mod cursor;
mod names;
mod net;
pub mod quantity;
pub mod object;
pub mod references;
mod target;

pub use target::{RolloutsVersion, Target};

use crate::diagnostic::Code;

/// Every code of this stage.
pub const CODES: &[&Code] = &ALL;

const N_CODES: usize = count() + references::CODES.len();

const ALL: [&Code; N_CODES] = {
    let mut all = [references::CODES[0]; N_CODES];
    let (mut table, mut n) = (0, references::CODES.len());
    let mut entry = 0;
    while entry < n {
        all[entry] = references::CODES[entry];
        entry += 1;
    }
    while table < object::CODES.len() {
        entry = 0;
        while entry < object::CODES[table].len() {
            all[n] = object::CODES[table][entry];
            n += 1;
            entry += 1;
        }
        table += 1;
    }
    all
};

const fn count() -> usize {
    let (mut table, mut n) = (0, 0);
    while table < object::CODES.len() {
        n += object::CODES[table].len();
        table += 1;
    }
    n
}
