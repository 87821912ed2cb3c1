//! `convert`: a spec file in its other spelling.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Exit;
use super::compile::{beneath, failed, findings};
use crate::edit::convert::{self, Converted, Spelling};
use crate::io::{self, terminal::Terminal};
use crate::source::{SourceFile, SourceTree};
use crate::spec::document::Role;

/// Print a spec file in the other spelling
///
/// The values stay, and so do the comments that begin the file; other comments are lost.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A spec file
    file: PathBuf,
    /// The spelling
    #[arg(long, value_enum)]
    to: SpellingName,
    /// Replace the file by the converted one instead of printing it
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpellingName {
    Kdl,
    Yaml,
}

impl From<SpellingName> for Spelling {
    fn from(name: SpellingName) -> Spelling {
        match name {
            SpellingName::Kdl => Spelling::Kdl,
            SpellingName::Yaml => Spelling::Yaml,
        }
    }
}

pub fn run(root: &Path, args: &Args, terminal: &mut Terminal) -> Exit {
    let args = &Args {
        file: beneath(root, &args.file),
        ..*args
    };
    let text = match io::read_file(&root.join(&args.file)) {
        Ok(text) => text,
        Err(error) => return failed(&error, terminal),
    };
    let path = spec_path(&args.file.to_string_lossy());
    let file = SourceFile { path, text };
    let converted = match convert::convert(&file, args.to.into()) {
        Ok(converted) => converted,
        Err(found) => {
            let sources = SourceTree::new([file]);
            return findings(root, &found, &sources, terminal);
        }
    };
    let exit = match args.write {
        true => replace(root, args, &converted, terminal),
        false => {
            terminal.result(&converted.text);
            Exit::Clean
        }
    };
    if converted.n_lost_comments > 0 && exit == Exit::Clean {
        let n = converted.n_lost_comments;
        terminal.message(&format!("lines whose comments are lost: {n}\n"));
    }
    exit
}

/// The part of a path that says what the file holds.
fn spec_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    let starts = path.match_indices("environments/").map(|(at, _)| at);
    let found = starts
        .map(|at| &path[at..])
        .find(|path| Role::of(path).is_some());
    found.unwrap_or(&path).to_string()
}

/// The new file first, so that at no moment there is none.
fn replace(root: &Path, args: &Args, converted: &Converted, terminal: &mut Terminal) -> Exit {
    let old = root.join(&args.file);
    let spelling = Spelling::from(args.to);
    let new = old.with_extension(spelling.extension());
    let shown = args.file.with_extension(spelling.extension());
    let shown = shown.display();
    if new != old && io::exists(&new) {
        terminal.error(&format!("`{shown}` exists already"));
        return Exit::Refused;
    }
    let written = io::write_file_atomic(&new, &converted.text);
    let written = written.and_then(|()| match new == old {
        true => Ok(()),
        false => io::remove_file(&old),
    });
    match written {
        Ok(()) => {
            terminal.message(&format!("wrote `{shown}`\n"));
            Exit::Clean
        }
        Err(error) => failed(&error, terminal),
    }
}
