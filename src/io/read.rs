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

/// How paths below the fleet's root are written: relative to the repository that holds it, and to
/// the working directory where there is none; with a slash at the end, or empty.
pub fn repository_prefix(root: &Path) -> String {
    let root = absolute(root);
    let repository = root.ancestors().find(|folder| exists(&folder.join(".git")));
    let base = match repository {
        Some(folder) => folder.to_path_buf(),
        None => absolute(Path::new(".")),
    };
    match root.strip_prefix(&base) {
        Ok(inner) => prefix(inner),
        Err(_) => String::new(),
    }
}

/// The same relative to the working directory, as somebody wrote it.
pub fn written_prefix(root: &Path) -> String {
    prefix(root.strip_prefix(".").unwrap_or(root))
}

fn prefix(folder: &Path) -> String {
    let mut path = folder.to_string_lossy().replace('\\', "/");
    if !path.is_empty() && !path.ends_with('/') {
        path.push('/');
    }
    path
}
