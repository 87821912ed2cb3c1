//! Single files that a command line names.

use std::path::Path;

use super::Error;

/// The text of a file without a byte order mark; what is not UTF-8 is an error.
pub fn read_file(path: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::new("read", path, cause))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_string(),
        None => text,
    })
}

/// Removes a file.
pub fn remove_file(path: &Path) -> Result<(), Error> {
    std::fs::remove_file(path).map_err(|cause| Error::new("remove", path, cause))
}

/// Creates a folder with what is above it.
pub fn create_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|cause| Error::new("create the folder", path, cause))
}

/// Whether something is there, be it a link to nowhere.
pub fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// The path from the root of the file system; as it is where that cannot be told.
pub fn absolute(path: &Path) -> std::path::PathBuf {
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_path_buf())
}
