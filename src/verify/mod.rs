//! What must hold for emitted objects, each alone and all together, beyond their schemas.

pub mod cursor;
mod glob;
mod names;
mod net;
pub mod quantity;
pub mod object;
pub mod pods;
pub mod pod_security;
pub mod references;
pub mod proof;
pub(crate) mod subject;
mod target;

pub use target::{RolloutsVersion, Target};

use crate::diagnostic::Code;

/// Every code of this stage.
pub const CODES: &[&Code] = &ALL;

/// Folders, each a list of tables.
const FOLDERS: [&[&[&Code]]; 4] = [
    &[references::CODES, references::SERIES_CODES],
    object::CODES,
    object::ARGO_CODES,
    proof::CODES,
];

const N_CODES: usize = count();

const ALL: [&Code; N_CODES] = {
    let mut all = [references::CODES[0]; N_CODES];
    let (mut folder, mut n) = (0, 0);
    while folder < FOLDERS.len() {
        let mut table = 0;
        while table < FOLDERS[folder].len() {
            let mut entry = 0;
            while entry < FOLDERS[folder][table].len() {
                all[n] = FOLDERS[folder][table][entry];
                n += 1;
                entry += 1;
            }
            table += 1;
        }
        folder += 1;
    }
    all
};

const fn count() -> usize {
    let (mut folder, mut n) = (0, 0);
    while folder < FOLDERS.len() {
        let mut table = 0;
        while table < FOLDERS[folder].len() {
            n += FOLDERS[folder][table].len();
            table += 1;
        }
        folder += 1;
    }
    n
}
