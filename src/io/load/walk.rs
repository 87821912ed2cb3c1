//! Finds the files of a fleet, and says what cannot be one.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::codes::*;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::io::{names, one_line};

const FILES_LIMIT: usize = 20_000;

/// One folder of a fleet root that is read.
pub(super) struct Area {
    /// Relative to the root.
    pub(super) folder: &'static str,
    /// Endings of the files that are read; the others are reported.
    endings: &'static [&'static str],
    depth: usize,
}

pub(super) const AREAS: &[Area] = &[
    Area {
        folder: "environments",
        endings: &[".kdl", ".yaml", ".yml"],
        depth: usize::MAX,
    },
    Area {
        folder: "templates",
        endings: &[".yaml.j2"],
        depth: 1,
    },
    Area {
        folder: "schemas/policy",
        endings: &[".yaml"],
        depth: 1,
    },
    Area {
        folder: "schemas/crds",
        endings: &[".yaml"],
        depth: 1,
    },
];

/// A file that is going to be read.
pub(super) struct Found {
    /// `/`-separated, relative to the root.
    pub(super) path: String,
    pub(super) on_disk: PathBuf,
    pub(super) metadata: Metadata,
}

/// Adds the files of one area; `false` if there are too many.
pub(super) fn walk(
    root: &Path,
    area: &Area,
    found: &mut Vec<Found>,
    refused: &mut Vec<String>,
    diags: &mut Diagnostics,
) -> bool {
    if let Some((parent, _)) = area.folder.split_once('/')
        && is_link(&root.join(parent))
    {
        diags.push(link_refused(parent));
        return true;
    }
    if std::fs::symlink_metadata(root.join(area.folder)).is_err() {
        return true;
    }
    let mut names_seen = BTreeMap::new();
    let mut n_files = found.len();
    let mut entries = entries(root, area);
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                refused.extend(error.path().map(|path| relative(root, path)));
                diags.push(unreadable(root, &error));
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        match look_at(root, area, &entry, &mut names_seen) {
            Seen::Folder => continue,
            Seen::Nothing => {}
            Seen::Finding(finding) => {
                if finding.severity == Severity::Error {
                    refused.push(relative(root, entry.path()));
                }
                diags.push(*finding);
            }
            Seen::File(file) => found.push(*file),
        }
        if is_folder {
            entries.skip_current_dir();
        }
        n_files += usize::from(!is_folder);
        if n_files > FILES_LIMIT {
            diags.push(too_many(area));
            return false;
        }
    }
    true
}

fn entries(root: &Path, area: &Area) -> walkdir::IntoIter {
    WalkDir::new(root.join(area.folder))
        .follow_links(false)
        .follow_root_links(false)
        .max_depth(area.depth)
        .sort_by_file_name()
        .into_iter()
}

/// What an entry is to the loader.
enum Seen {
    /// To be looked into.
    Folder,
    File(Box<Found>),
    Finding(Box<Diagnostic>),
    Nothing,
}

fn look_at(
    root: &Path,
    area: &Area,
    entry: &DirEntry,
    names_seen: &mut BTreeMap<String, String>,
) -> Seen {
    if entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".") {
        return Seen::Nothing;
    }
    let path = relative(root, entry.path());
    let refusal = refuse_name(entry, &path, names_seen).or_else(|| refuse_type(entry, area, &path));
    if let Some(refusal) = refusal {
        return Seen::Finding(Box::new(refusal));
    }
    if entry.file_type().is_dir() {
        return Seen::Folder;
    }
    if !is_wanted(area, &path) {
        let warning = ignored(area, &path);
        return warning.map_or(Seen::Nothing, |warning| Seen::Finding(Box::new(warning)));
    }
    match entry.metadata() {
        Err(error) => Seen::Finding(Box::new(unreadable(root, &error))),
        Ok(metadata) => Seen::File(Box::new(Found {
            path,
            on_disk: entry.path().to_path_buf(),
            metadata,
        })),
    }
}

fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// `/`-separated on every system; a name that is no text keeps what can be read of it.
fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn refuse_name(
    entry: &DirEntry,
    path: &str,
    names_seen: &mut BTreeMap<String, String>,
) -> Option<Diagnostic> {
    let shown = names::shown(path);
    let Some(name) = entry.file_name().to_str() else {
        let message = format!("the name of `{shown}` is not UTF-8");
        return Some(Diagnostic::error(FILE_NAME_NOT_UTF8, message).help("rename it"));
    };
    if let Some(reason) = names::unportable(name) {
        let message = format!("`{shown}` cannot exist on every system: {reason}");
        return Some(Diagnostic::error(FILE_NAME_UNPORTABLE, message).help("rename it"));
    }
    let folder = &path[..path.len() - name.len()];
    let key = format!("{folder}{}", name.to_lowercase());
    if let Some(other) = names_seen.get(&key) {
        let message = format!("`{shown}` and `{other}` differ in case only");
        let refusal = Diagnostic::error(FILE_NAMES_DIFFER_IN_CASE, message);
        return Some(refusal.help("rename or merge one of them"));
    }
    names_seen.insert(key, path.to_string());
    None
}

fn refuse_type(entry: &DirEntry, area: &Area, path: &str) -> Option<Diagnostic> {
    let kind = entry.file_type();
    if kind.is_symlink() {
        return Some(link_refused(path));
    }
    let is_top = entry.depth() == 0;
    if kind.is_dir() || (kind.is_file() && !is_top) {
        return None;
    }
    let message = match is_top && kind.is_file() {
        true => format!("`{}` is a file, a folder was expected", area.folder),
        false => format!("`{path}` is neither a file nor a folder"),
    };
    Some(Diagnostic::error(INPUT_SPECIAL_FILE, message).help("remove it"))
}

fn link_refused(path: &str) -> Diagnostic {
    let message = format!("`{path}` is a symbolic link, and links are not followed");
    Diagnostic::error(INPUT_SYMLINK, message).help("put the file or folder itself there")
}

fn too_many(area: &Area) -> Diagnostic {
    let folder = area.folder;
    let message =
        format!("there are more than {FILES_LIMIT} input files, counted up to `{folder}`");
    Diagnostic::error(TOO_MANY_FILES, message).help("split the fleet into several fleet roots")
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map(|path| relative(root, path));
    let cause = error.io_error().map(|cause| one_line(&cause.to_string()));
    cannot_read(
        path.as_deref().unwrap_or("environments"),
        &cause.unwrap_or_else(|| "the folder holds itself".into()),
    )
}

pub(super) fn cannot_read(path: &str, cause: &str) -> Diagnostic {
    let message = format!("cannot read `{}`: {cause}", names::shown(path));
    Diagnostic::error(FILE_UNREADABLE, message)
        .help("check its permissions, and whether another program writes to it")
}

pub(super) fn is_also(path: &str) -> bool {
    path.starts_with("environments/also/")
}

fn is_wanted(area: &Area, path: &str) -> bool {
    is_also(path) || area.endings.iter().any(|ending| path.ends_with(ending))
}

/// A warning, save for prose.
fn ignored(area: &Area, path: &str) -> Option<Diagnostic> {
    if path.ends_with(".md") {
        return None;
    }
    let endings: Vec<_> = area.endings.iter().map(|end| format!("`{end}`")).collect();
    let message = format!(
        "`{path}` is not read: files in `{}` end with {}",
        area.folder,
        endings.join(", ")
    );
    let warning = Diagnostic::warning(FILE_IGNORED, message);
    Some(match area.folder {
        "environments" => warning.help("rename it, or move it to `environments/also/`"),
        _ => warning.help("rename it, or remove it"),
    })
}
