//! Works out which program this is: a digest of everything that it is made of, so that what another
//! program has found out, be it of the same version, is never taken for its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script reads sources and prints what Cargo is to know"
)]

use std::hash::{DefaultHasher, Hasher as _};
use std::io::Result;
use std::path::{Path, PathBuf};

/// Relative to the package. Dependencies count by their lock file.
const MADE_OF: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "schemas",
    "src",
    "templates",
];
/// What else Cargo builds by.
const SETTINGS: [&str; 5] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "DEBUG",
    "OPT_LEVEL",
    "PROFILE",
    "TARGET",
];

fn main() -> Result<()> {
    let mut digest = Digest::default();
    for path in MADE_OF {
        println!("cargo::rerun-if-changed={path}");
        files(Path::new(path), &mut |file| {
            digest.add(file.to_string_lossy().as_bytes());
            digest.add(&std::fs::read(file)?);
            Ok(())
        })?;
    }
    for name in SETTINGS {
        let value = std::env::var_os(name).unwrap_or_default();
        digest.add(value.as_encoded_bytes());
    }
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(compiler).arg("-vV").output()?;
    digest.add(&version.stdout);
    println!("cargo::rustc-env=TIPHYS_MADE_OF={}", digest.hex());
    Ok(())
}

/// The files at or below `path`, sorted; what is not there has none.
fn files(path: &Path, visit: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return visit(path);
    }
    if !path.is_dir() {
        return Ok(());
    }
    let entries = std::fs::read_dir(path)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    paths.iter().try_for_each(|path| files(path, visit))
}

/// 128 bits of two SipHashes: nobody is to be kept out here, only mistakes.
#[derive(Default)]
struct Digest(DefaultHasher, DefaultHasher);

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        self.1.write_u8(1);
        for hasher in [&mut self.0, &mut self.1] {
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
    }

    fn hex(&self) -> String {
        format!("{:016x}{:016x}", self.0.finish(), self.1.finish())
    }
}
