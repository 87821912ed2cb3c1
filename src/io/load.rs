//! From a fleet root on disk to a `SourceTree`: `environments/`, `templates/`, `schemas/`.
//!
//! Everything odd is refused with a code and the rest is read on, so that one run says it all.
//! Names that begin with a dot are not looked at. Files are read in parallel, and sorted.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::{Error, names, one_line};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceFile, SourceTree};

/// Bytes of one spec, template or policy file.
const SPEC_FILE_LIMIT: u64 = 1 << 20;
/// Bytes of one file in `environments/also/` or `schemas/crds/`, which come from elsewhere.
const FOREIGN_FILE_LIMIT: u64 = 8 << 20;
/// Bytes of all files together.
const TREE_LIMIT: u64 = 64 << 20;
const FILES_LIMIT: usize = 20_000;
/// From this many files on, reading in parallel pays.
const MANY: usize = 64;

codes! {
    /// A fleet root is a folder that holds `environments/`, and this one does not.
    ///
    /// Go to the root of the repository, name it with `-C DIR`, or start a new fleet with
    /// `tiphys init`.
    ENVIRONMENTS_MISSING = "environments-missing": "the folder has no `environments/`";

    /// A spec, template or policy file may have 1 MiB; a file in `environments/also/` or
    /// `schemas/crds/` may have 8 MiB. A larger one is most likely not what it seems.
    ///
    /// Split the file, or take it out of the fleet root.
    FILE_TOO_LARGE = "file-too-large": "an input file is larger than the limit";

    /// All inputs of a fleet together may have 64 MiB, so that memory stays bounded.
    ///
    /// Split the fleet into several fleet roots, or take away what is not part of it.
    INPUT_TOO_LARGE = "input-too-large": "all input files together are larger than the limit";

    /// A fleet may have 20,000 input files.
    ///
    /// Split the fleet into several fleet roots, or take away what is not part of it.
    TOO_MANY_FILES = "too-many-files": "there are more input files than the limit";

    /// Links could lead out of the fleet root, and then the same commit would compile to
    /// different manifests on different machines. So none is followed, not even one to a file
    /// nearby.
    ///
    /// Replace the link by the file: `cp --remove-destination "$(readlink -f link)" link`.
    INPUT_SYMLINK = "input-symlink": "an input file or folder is a symbolic link";

    /// A pipe, socket or device stands where a spec is expected. Reading it could block for ever.
    ///
    /// Remove it.
    INPUT_SPECIAL_FILE = "input-special-file": "an input is neither a file nor a folder";

    /// Paths are part of diagnostics and of the compiled result, so they must be text.
    ///
    /// Rename the file: `ls -b` shows which bytes are odd.
    FILE_NAME_NOT_UTF8 = "file-name-not-utf8": "a file name is not UTF-8";

    /// Everybody must be able to check the repository out, on Windows too, where `aux.kdl`,
    /// `a:b.kdl` and `name.` cannot exist.
    ///
    /// Rename the file or folder.
    FILE_NAME_UNPORTABLE = "file-name-unportable": "a file name that not every system can hold";

    /// On macOS and Windows `Cart.kdl` and `cart.kdl` are one file: one of them would be lost on
    /// checkout, and the fleet would compile to something else there.
    ///
    /// Rename or merge one of them.
    FILE_NAMES_DIFFER_IN_CASE = "file-names-differ-in-case":
        "two names in one folder differ in case only";

    /// Inputs are UTF-8. Another encoding would be guessed at, and a name or a path would change
    /// silently.
    ///
    /// Convert the file: `iconv -f latin1 -t utf-8 old.kdl > new.kdl`.
    FILE_NOT_UTF8 = "file-not-utf8": "an input file is not UTF-8";

    /// A NUL byte never belongs in a text; it is often a sign of UTF-16 or of a damaged file.
    ///
    /// Save the file as UTF-8 without NUL bytes.
    FILE_HAS_NUL = "file-has-nul": "an input file holds a NUL byte";

    /// The file or folder is there and cannot be read. What it says cannot be guessed, so the
    /// build stops.
    ///
    /// Look at its permissions, and whether another program writes to it right now.
    FILE_UNREADABLE = "file-unreadable": "an input file or folder cannot be read";

    /// Only `.kdl`, `.yaml` and `.yml` are read below `environments/`, `*.yaml.j2` in
    /// `templates/` and `*.yaml` in `schemas/policy/` and `schemas/crds/`; a file with another
    /// ending may be a typing error. Files in `environments/also/`, `.md` files and names that
    /// begin with a dot never get this warning.
    ///
    /// Rename the file, or move it to `environments/also/`, where any text file may stand.
    FILE_IGNORED = "file-ignored": "a file with an unexpected ending is not read";
}

/// One folder of a fleet root that is read.
struct Area {
    /// Relative to the root.
    folder: &'static str,
    /// Endings of the files that are read; the others are reported.
    endings: &'static [&'static str],
    depth: usize,
}

const AREAS: &[Area] = &[
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
struct Found {
    /// `/`-separated, relative to the root.
    path: String,
    on_disk: PathBuf,
    metadata: Metadata,
}

/// Reads the inputs of the fleet at `root`. A byte order mark is dropped; spans count without it.
///
/// What cannot be part of a fleet is reported in `diags` and left out: with errors in there, the
/// tree is not complete. Fails if `root` itself is not a folder that can be read.
pub fn load(root: &Path, diags: &mut Diagnostics) -> Result<SourceTree, Error> {
    std::fs::read_dir(root).map_err(|cause| Error::new("read the folder", root, cause))?;
    if std::fs::symlink_metadata(root.join("environments")).is_err() {
        let message = format!("`{}` has no folder `environments`", shown_root(root));
        diags.push(
            Diagnostic::error(ENVIRONMENTS_MISSING, message)
                .help("name the root of a fleet with `-C DIR`, or start one with `tiphys init`"),
        );
    }
    let mut found = Vec::new();
    for area in AREAS {
        if !walk(root, area, &mut found, diags) {
            return Ok(SourceTree::default());
        }
    }
    if !within_limit(&mut found, diags) {
        return Ok(SourceTree::default());
    }
    Ok(SourceTree::new(read_all(found, diags)))
}

fn shown_root(root: &Path) -> String {
    let full = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    names::shown(&full.to_string_lossy())
}

/// Adds the files of one area; `false` if there are too many.
fn walk(root: &Path, area: &Area, found: &mut Vec<Found>, diags: &mut Diagnostics) -> bool {
    let top = root.join(area.folder);
    let parents = Path::new(area.folder).ancestors().skip(1);
    for parent in parents.filter(|parent| parent.as_os_str() != "") {
        if is_link(&root.join(parent)) {
            diags.push(link_refused(&parent.to_string_lossy()));
            return true;
        }
    }
    if std::fs::symlink_metadata(&top).is_err() {
        return true;
    }
    let mut names_seen: BTreeMap<String, String> = BTreeMap::new();
    let mut n_files = found.len();
    let mut entries = WalkDir::new(&top)
        .follow_links(false)
        .follow_root_links(false)
        .max_depth(area.depth)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                diags.push(unreadable(root, &error));
                continue;
            }
        };
        let is_folder = entry.file_type().is_dir();
        let path = relative(root, entry.path());
        if entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".") {
            skip_if(is_folder, &mut entries);
            continue;
        }
        let refusal = refuse_name(&entry, &path, &mut names_seen)
            .or_else(|| refuse_type(&entry, area, &path));
        if let Some(refusal) = refusal {
            diags.push(refusal);
            skip_if(is_folder, &mut entries);
            continue;
        }
        if is_folder {
            continue;
        }
        n_files += 1;
        if n_files > FILES_LIMIT {
            diags.push(too_many(area));
            return false;
        }
        if !is_wanted(area, &path) {
            diags.extend(ignored(area, &path));
            continue;
        }
        match entry.metadata() {
            Ok(metadata) => found.push(Found {
                path,
                on_disk: entry.into_path(),
                metadata,
            }),
            Err(error) => diags.push(unreadable(root, &error)),
        }
    }
    true
}

fn skip_if(is_folder: bool, entries: &mut walkdir::IntoIter) {
    if is_folder {
        entries.skip_current_dir();
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
    entry: &walkdir::DirEntry,
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

fn refuse_type(entry: &walkdir::DirEntry, area: &Area, path: &str) -> Option<Diagnostic> {
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

fn cannot_read(path: &str, cause: &str) -> Diagnostic {
    let message = format!("cannot read `{}`: {cause}", names::shown(path));
    Diagnostic::error(FILE_UNREADABLE, message)
        .help("check its permissions, and whether another program writes to it")
}

fn is_also(path: &str) -> bool {
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

fn file_limit(path: &str) -> u64 {
    match is_also(path) || path.starts_with("schemas/crds/") {
        true => FOREIGN_FILE_LIMIT,
        false => SPEC_FILE_LIMIT,
    }
}

/// Drops and reports files that are too large; `false` if the rest is too large together.
fn within_limit(found: &mut Vec<Found>, diags: &mut Diagnostics) -> bool {
    found.retain(|file| {
        let (size, limit) = (file.metadata.len(), file_limit(&file.path));
        if size > limit {
            let mib = limit >> 20;
            let message = format!("`{}` has {size} bytes, more than {mib} MiB", file.path);
            diags.push(Diagnostic::error(FILE_TOO_LARGE, message).help("split the file"));
        }
        size <= limit
    });
    let sum: u64 = found.iter().map(|file| file.metadata.len()).sum();
    if sum > TREE_LIMIT {
        let (n, mib) = (found.len(), TREE_LIMIT >> 20);
        let message = format!("{n} input files have {sum} bytes together, more than {mib} MiB");
        diags.push(
            Diagnostic::error(INPUT_TOO_LARGE, message)
                .help("split the fleet into several fleet roots"),
        );
    }
    sum <= TREE_LIMIT
}

fn read_all(found: Vec<Found>, diags: &mut Diagnostics) -> Vec<SourceFile> {
    let results: Vec<_> = match found.len() < MANY {
        true => found.into_iter().map(read).collect(),
        false => found.into_par_iter().map(read).collect(),
    };
    let mut files = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(file) => files.push(file),
            Err(refusal) => diags.push(*refusal),
        }
    }
    files
}

fn read(found: Found) -> Result<SourceFile, Box<Diagnostic>> {
    let path = found.path.as_str();
    let bytes = match read_bytes(&found) {
        Ok(bytes) => bytes,
        Err(cause) => return Err(Box::new(cannot_read(path, &one_line(&cause.to_string())))),
    };
    let mut text = text_of(path, bytes)?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    let path = found.path;
    Ok(SourceFile { path, text })
}

/// Exactly the file that was seen, and no more of it than was seen.
fn read_bytes(found: &Found) -> std::io::Result<Vec<u8>> {
    let file = File::open(&found.on_disk)?;
    let now = file.metadata()?;
    if !is_same(&found.metadata, &now) {
        return Err(std::io::Error::other("it was replaced while it was read"));
    }
    let size = found.metadata.len();
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(size + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err(std::io::Error::other("it changed while it was read")),
    }
}

#[cfg(unix)]
fn is_same(seen: &Metadata, now: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (seen.dev(), seen.ino()) == (now.dev(), now.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, now: &Metadata) -> bool {
    now.is_file()
}

fn text_of(path: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = line_of(&bytes, at);
        let message = format!("`{path}` holds a NUL byte at offset {at}, in line {line}");
        let refusal = Diagnostic::error(FILE_HAS_NUL, message);
        return Err(Box::new(refusal.help("save it as UTF-8 without NUL bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (byte, line) = (error.as_bytes()[at], line_of(error.as_bytes(), at));
        let message =
            format!("`{path}` is not UTF-8: byte 0x{byte:02x} at offset {at}, in line {line}");
        Box::new(Diagnostic::error(FILE_NOT_UTF8, message).help("save it as UTF-8"))
    })
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}
