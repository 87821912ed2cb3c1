//! One file at a time: old or new, never half.

use std::fs::{File, Permissions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Error;

/// Puts `text` at `path`, whole or not at all. A file that is there keeps its permissions; a link
/// is followed, so that it stays a link. The text is on the disk before the name is.
pub fn write_file_atomic(path: &Path, text: &str) -> Result<(), Error> {
    let fail = |cause: std::io::Error| Error::new("write", path, cause);
    let (target, permissions) = target(path).map_err(fail)?;
    let (staged, file) = stage(&target).map_err(fail)?;
    let written = fill(file, text, permissions).and_then(|()| std::fs::rename(&staged, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&staged);
    }
    written.map_err(fail)
}

/// Where the text really goes, and the permissions of what is there.
fn target(path: &Path) -> std::io::Result<(PathBuf, Option<Permissions>)> {
    match std::fs::canonicalize(path) {
        Ok(target) => {
            let metadata = std::fs::metadata(&target)?;
            if !metadata.is_file() {
                return Err(std::io::Error::other("it is not a file"));
            }
            if metadata.permissions().readonly() {
                return Err(std::io::ErrorKind::PermissionDenied.into());
            }
            Ok((target, Some(metadata.permissions())))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            match std::fs::symlink_metadata(path) {
                Ok(_) => Err(std::io::Error::other("it is a link to nowhere")),
                Err(_) => Ok((path.to_path_buf(), None)),
            }
        }
        Err(cause) => Err(cause),
    }
}

/// A new file beside `target`; what a killed process has left does not stop us.
fn stage(target: &Path) -> std::io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
    let id = std::process::id();
    for n in 0..100 {
        let mut staged = std::ffi::OsString::from(".");
        staged.push(name);
        staged.push(format!(".{id}-{n}.tiphys-new"));
        let staged = target.with_file_name(staged);
        match File::create_new(&staged) {
            Ok(file) => return Ok((staged, file)),
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

fn fill(mut file: File, text: &str, permissions: Option<Permissions>) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()
}
