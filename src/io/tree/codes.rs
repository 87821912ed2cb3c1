//! The findings of the tree writer: each is a guard that can be looked at before it is lifted.

use crate::codes;

codes! {
    /// The file was written by an earlier build and has been edited by hand since. The next sync
    /// would apply an edit that the spec does not know, and a build would silently undo it.
    ///
    /// Put the change into the spec (or into `environments/also/`), then take the file back with
    /// `git checkout`, or overwrite it with `tiphys build --force`.
    OUTPUT_EDITED = "output-edited": "a generated file was edited by hand";

    /// A file that no build has written stands where a generated file belongs. Files that are not
    /// ours are never overwritten.
    ///
    /// Move it away, or overwrite it with `tiphys build --force`.
    OUTPUT_FOREIGN_FILE = "output-foreign-file":
        "a file that is not ours stands where one of ours belongs";

    /// A manifest stands in the output that no build has written. Argo CD reads the whole folder, so
    /// it is applied, and no check has seen it. A build never touches it.
    ///
    /// Move it to `environments/also/`, where it is checked, or delete it.
    OUTPUT_STRAY = "output-stray": "a manifest in the output that no build has written";

    /// What is committed in the output is not what the spec says: a file is missing, differs, or is
    /// no longer wanted. Argo CD applies what is committed.
    ///
    /// Run `tiphys build`, and commit what it writes.
    OUTPUT_DIFFERS = "output-differs": "the output is not what the spec says";

    /// The build would remove more than 20 files, and more than half of an environment. That is
    /// seldom meant: a wrong branch, a lost folder, a renamed environment.
    ///
    /// Look at `tiphys build --dry-run`; if it is meant, use `--allow-deletions`.
    OUTPUT_DELETIONS = "output-deletions": "a build would remove most of an environment";

    /// The build would remove a StatefulSet, a PersistentVolumeClaim or a Namespace. Argo CD would
    /// prune the object, and what it keeps may be gone with it.
    ///
    /// Make sure that the data is safe, then use `--allow-deletions`.
    OUTPUT_STATEFUL_DELETION = "output-stateful-deletion":
        "a build would remove an object that keeps data";

    /// The output, or a folder or file in it, is a symbolic link. A build never follows one: it
    /// could write or delete anywhere.
    ///
    /// Replace the link by a real folder or file; to write elsewhere, use `--out DIR`.
    OUTPUT_SYMLINK = "output-symlink": "a symbolic link stands in the output";

    /// A folder (or a pipe, or a file) stands where the build needs something else, or another
    /// file system is mounted there.
    ///
    /// Move it away.
    OUTPUT_OBSTACLE = "output-obstacle": "something stands in the way of a generated file";

    /// The ledger says which files are ours. One with lines that cannot be read, as after an
    /// unresolved merge, no longer does.
    ///
    /// Resolve the merge by taking either side, or use `tiphys build --force`: then every line
    /// that can be read counts.
    OUTPUT_LEDGER_DAMAGED = "output-ledger-damaged": "a ledger of owned files cannot be read";

    /// A generated file would have a name that not every system can hold, that leaves the output,
    /// or that another file has, too.
    ///
    /// Rename the service or object that the file is named after.
    OUTPUT_PATH_UNPORTABLE = "output-path-unportable":
        "a generated file would have an impossible name";

    /// A build was killed while it put files into place: the tree is neither the old nor the new
    /// one. Everything that is needed to complete it is still there.
    ///
    /// Run `tiphys build`; do not commit before.
    OUTPUT_INTERRUPTED = "output-interrupted": "an interrupted build has to be completed";
}
