//! Manifests that a command line names: files, folders, standard input, pipes.
//!
//! In a folder every `.yaml`, `.yml` and `.json` is read, hidden ones and the templates of charts
//! aside; links are not followed there, and said. What cannot be read is a finding, and the rest is
//! read on.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::load::{
    FILE_TOO_LARGE, FILE_UNREADABLE, INPUT_SPECIAL_FILE, INPUT_SYMLINK, INPUT_TOO_LARGE,
    TOO_MANY_FILES, text_of,
};
use super::{Error, names, one_line};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::lint::SKIPPED;
use crate::source::SourceFile;

/// Bytes of one file: charts that install an operator render to some MiB.
const FILE_LIMIT: u64 = 64 << 20;
/// Bytes of all files together.
const ALL_LIMIT: u64 = 512 << 20;
const FILES_LIMIT: usize = 100_000;
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Waivers, in a folder that is read or beside a file.
pub const WAIVERS: &str = ".tiphys-lint.yaml";
/// How standard input is called in reports.
pub const STDIN: &str = "<stdin>";

/// A text, and whether it was named itself rather than found in a folder.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub file: SourceFile,
    pub is_named: bool,
}

/// Reads what `paths` name, relative to `root`; `-` is standard input. Fails where a path is not
/// there.
pub fn load_manifests(
    root: &Path,
    paths: &[PathBuf],
    diags: &mut Diagnostics,
) -> Result<Vec<Manifest>, Error> {
    let mut seen = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            seen.push(Seen::stdin());
            continue;
        }
        let on_disk = root.join(path);
        let metadata = std::fs::metadata(&on_disk);
        let metadata = metadata.map_err(|cause| Error::new("read", &on_disk, cause))?;
        match metadata.is_dir() {
            true => walk(&on_disk, &shown(path), &mut seen, diags),
            false => seen.push(Seen::named(on_disk, shown(path))),
        }
    }
    if !within_limits(&mut seen, diags) {
        return Ok(Vec::new());
    }
    let read: Vec<_> = seen.into_par_iter().map(read).collect();
    let mut manifests = Vec::with_capacity(read.len());
    for one in read {
        match one {
            Ok(manifest) => manifests.push(manifest),
            Err(refusal) => diags.push(*refusal),
        }
    }
    let sum: usize = manifests.iter().map(|one| one.file.text.len()).sum();
    if sum as u64 > ALL_LIMIT {
        diags.push(too_much(manifests.len(), sum as u64));
        return Ok(Vec::new());
    }
    Ok(manifests)
}

/// Files of waivers: those of folders that are read, and beside files. Where they are, as shown.
pub fn waiver_files(root: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = paths
        .iter()
        .map(|path| match root.join(path).is_dir() {
            true => path.join(WAIVERS),
            false => path.with_file_name(WAIVERS),
        })
        .filter(|path| root.join(path).is_file())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `/`-separated, without a `./` in front.
fn shown(path: &Path) -> String {
    let parts = path
        .components()
        .filter(|part| *part != std::path::Component::CurDir);
    let parts: PathBuf = parts.collect();
    let text = parts
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/");
    match text.is_empty() {
        true => ".".to_owned(),
        false => text,
    }
}

/// A file to be read.
struct Seen {
    /// None for standard input.
    on_disk: Option<PathBuf>,
    path: String,
    is_named: bool,
    /// Of a file in a folder.
    metadata: Option<Metadata>,
}

impl Seen {
    fn stdin() -> Seen {
        Seen {
            on_disk: None,
            path: STDIN.to_owned(),
            is_named: true,
            metadata: None,
        }
    }

    fn named(on_disk: PathBuf, path: String) -> Seen {
        Seen {
            on_disk: Some(on_disk),
            path,
            is_named: true,
            metadata: None,
        }
    }
}

fn walk(root: &Path, shown: &str, seen: &mut Vec<Seen>, diags: &mut Diagnostics) {
    let mut entries = WalkDir::new(root)
        .follow_links(false)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                diags.push(unreadable(root, shown, &error));
                continue;
            }
        };
        let path = below(root, shown, entry.path());
        let is_templates = is_templates(&entry);
        if is_templates {
            diags.push(templates(&path));
        }
        if is_templates || is_hidden(&entry) {
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        if let Some(warning) = odd(&entry, &path) {
            diags.push(warning);
        } else if entry.file_type().is_file() && is_wanted(entry.path()) {
            seen.push(Seen {
                metadata: entry.metadata().ok(),
                on_disk: Some(entry.into_path()),
                path,
                is_named: false,
            });
        }
        if seen.len() > FILES_LIMIT {
            return;
        }
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// The templates of a chart, which are no YAML.
fn is_templates(entry: &DirEntry) -> bool {
    let beside = || entry.path().with_file_name("Chart.yaml");
    let is_folder = entry.depth() > 0 && entry.file_type().is_dir();
    is_folder && entry.file_name() == "templates" && beside().is_file()
}

fn templates(path: &str) -> Diagnostic {
    let path = names::shown(path);
    let message = format!("`{path}` has the templates of a chart, which were not checked");
    Diagnostic::new(SKIPPED, Severity::Note, message)
        .help("render the chart, and check the result: `helm template NAME CHART | tiphys lint -`")
}

fn is_wanted(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// What is called like a manifest, and is no file.
fn odd(entry: &DirEntry, path: &str) -> Option<Diagnostic> {
    let kind = entry.file_type();
    if entry.depth() == 0 || kind.is_dir() || kind.is_file() || !is_wanted(entry.path()) {
        return None;
    }
    let path = names::shown(path);
    Some(match kind.is_symlink() {
        true => Diagnostic::warning(
            INPUT_SYMLINK,
            format!("`{path}` is a symbolic link, which is not followed in a folder"),
        )
        .help("name it on the command line to read what it leads to"),
        false => Diagnostic::warning(
            INPUT_SPECIAL_FILE,
            format!("`{path}` is neither a file nor a folder, and is not read"),
        )
        .help("name it on the command line to read it"),
    })
}

fn below(root: &Path, shown: &str, path: &Path) -> String {
    let rest = path.strip_prefix(root).unwrap_or(path);
    let parts = rest.iter().map(|part| part.to_string_lossy());
    let rest = parts.collect::<Vec<_>>().join("/");
    match (shown, rest.as_str()) {
        (".", _) => rest,
        (_, "") => shown.to_owned(),
        _ => format!("{}/{rest}", shown.trim_end_matches('/')),
    }
}

fn unreadable(root: &Path, shown: &str, error: &walkdir::Error) -> Diagnostic {
    let path = error
        .path()
        .map_or(shown.to_owned(), |path| below(root, shown, path));
    let cause = error.io_error().map(|cause| one_line(&cause.to_string()));
    cannot_read(
        &path,
        &cause.unwrap_or_else(|| "the folder holds itself".into()),
    )
}

fn cannot_read(path: &str, cause: &str) -> Diagnostic {
    let message = format!("cannot read `{}`: {cause}", names::shown(path));
    Diagnostic::error(FILE_UNREADABLE, message)
        .help("check its permissions, and whether another program writes to it")
}

fn within_limits(seen: &mut Vec<Seen>, diags: &mut Diagnostics) -> bool {
    if seen.len() > FILES_LIMIT {
        let message = format!("there are more than {FILES_LIMIT} files");
        diags.push(Diagnostic::error(TOO_MANY_FILES, message).help("check a part of the folder"));
        return false;
    }
    let size = |one: &Seen| one.metadata.as_ref().map_or(0, Metadata::len);
    seen.retain(|one| {
        if size(one) > FILE_LIMIT {
            diags.push(too_large(&one.path));
        }
        size(one) <= FILE_LIMIT
    });
    let sum: u64 = seen.iter().map(size).sum();
    if sum > ALL_LIMIT {
        diags.push(too_much(seen.len(), sum));
    }
    sum <= ALL_LIMIT
}

fn too_large(path: &str) -> Diagnostic {
    let (path, mib) = (names::shown(path), FILE_LIMIT >> 20);
    let message = format!("`{path}` has more than {mib} MiB");
    Diagnostic::error(FILE_TOO_LARGE, message).help("split the file")
}

fn too_much(n: usize, sum: u64) -> Diagnostic {
    let mib = ALL_LIMIT >> 20;
    let message = format!("{n} files have {sum} bytes together, more than {mib} MiB");
    Diagnostic::error(INPUT_TOO_LARGE, message).help("check the folders one by one")
}

fn read(seen: Seen) -> Result<Manifest, Box<Diagnostic>> {
    let bytes = match &seen.on_disk {
        None => bytes(std::io::stdin().lock()),
        Some(path) => File::open(path).and_then(bytes),
    };
    let bytes = match bytes {
        Ok(bytes) if bytes.len() as u64 > FILE_LIMIT => {
            return Err(Box::new(too_large(&seen.path)));
        }
        Ok(bytes) => bytes,
        Err(cause) => {
            let cause = one_line(&cause.to_string());
            return Err(Box::new(cannot_read(&seen.path, &cause)));
        }
    };
    let mut text = text_of(&names::shown(&seen.path), bytes)?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    let path = seen.path;
    Ok(Manifest {
        file: SourceFile { path, text },
        is_named: seen.is_named,
    })
}

/// No more of it than is needed to see that it is too large.
fn bytes(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
