//! The findings of the loader.

use crate::codes;

codes! {
    /// A fleet root is a folder that holds `environments/`, and this one does not.
    ///
    /// Go to the root of the repository, name it with `-C DIR`, or start a new fleet with
    /// `tiphys init`.
    ENVIRONMENTS_MISSING = "environments-missing": "the folder has no `environments/`";

    /// A spec, template or policy file may have 1 MiB; a file in `environments/also/` or
    /// `schemas/crds/` may have 8 MiB, and one that `tiphys lint` reads 64 MiB. A larger one is
    /// most likely not what it seems.
    ///
    /// Split the file, or take it out of the fleet root.
    FILE_TOO_LARGE = "file-too-large": "an input file is larger than the limit";

    /// All inputs of a fleet together may have 64 MiB, and all that one `tiphys lint` reads
    /// 512 MiB, so that memory stays bounded.
    ///
    /// Split the fleet into several fleet roots, or take away what is not part of it.
    INPUT_TOO_LARGE = "input-too-large": "all input files together are larger than the limit";

    /// A fleet may have 20,000 input files, and one `tiphys lint` reads 100,000 of them.
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
