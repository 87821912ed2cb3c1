//! What can be wrong with YAML text.

crate::codes! {
    /// The text is not YAML: a bracket or quote is not closed, a line is indented differently from
    /// its neighbours, or a value holds a character that means something else. Nothing behind
    /// that place can be read. Often the mistake is one line above the place that is shown.
    ///
    /// ```yaml
    /// message: retry: later      # the second `: ` starts a map inside a line
    /// message: "retry: later"    # what was meant
    /// ```
    YAML_SYNTAX = "yaml-syntax": "the text is not YAML";
    /// YAML is indented with spaces. A tab has no width that all programs agree on, so YAML does
    /// not allow it there. Set your editor to write spaces, two for each level.
    YAML_TAB = "yaml-tab": "a tab in indentation";
    /// A character that cannot be seen, or that programs disagree about: controls, line breaks
    /// other than `\n` and `\r\n`, byte order marks inside the text, and, in spec files, the
    /// private-use characters that templates use as marks. Remove it, or write the ones that a
    /// value really needs as an escape in double quotes, such as `"\u2028"`.
    YAML_CHARACTER = "yaml-character": "a character that has no place in YAML";
    /// An anchor (`&name`) marks a value for use elsewhere. Tiphys does not expand them: whoever
    /// reads a file from top to bottom should see what it says, and a few nested anchors can
    /// expand to gigabytes. Write the value out; what several services share belongs in
    /// `defaults`.
    ///
    /// ```yaml
    /// base: &base {cpu: 100m}    # remove `&base`
    /// ```
    YAML_ANCHOR = "yaml-anchor": "an anchor";
    /// An alias (`*name`) repeats the value at an anchor. See `yaml-anchor`: write the value out.
    /// A string that starts with `*` needs quotes: `"*.example.com"`.
    YAML_ALIAS = "yaml-alias": "an alias";
    /// An alias repeats what stands at its anchor, and aliases inside of aliases multiply: a file of
    /// one kilobyte can stand for gigabytes. `tiphys lint` expands aliases as Kubernetes does, up to
    /// a number of values for each document that no real manifest needs, and reads so many others.
    /// Write the values out, or cut the document.
    YAML_EXPANSION = "yaml-expansion": "a document that stands for too much";
    /// A tag (`!!str`, `!Ref`) changes what the value behind it means, and each program knows its
    /// own. Remove it; to make a string of a number, quote it. A string that starts with `!`
    /// needs quotes too.
    YAML_TAG = "yaml-tag": "a tag";
    /// `<<` merges another map into this one in YAML 1.1 and is an ordinary key in YAML 1.2, so
    /// two programs read two different files. Write the members out.
    YAML_MERGE_KEY = "yaml-merge-key": "a merge key";
    /// A map says the same key twice. Some programs take the first value, some the last, and a
    /// reviewer sees whichever is nearer. Keep one of them, or merge what stands below both.
    ///
    /// ```yaml
    /// resources: {cpu: 100m}
    /// resources: {memory: 1Gi}    # move `memory` up
    /// ```
    YAML_DUPLICATE_KEY = "yaml-duplicate-key": "a key that stands in its map twice";
    /// A key must be a string. A list or map as a key has no meaning here, an empty key is most
    /// often a slip, and in a manifest Kubernetes reads keys such as `yes`, `1.10` or `012` as
    /// booleans and numbers and then makes other strings of them. Write the key in quotes.
    YAML_KEY = "yaml-key": "a key that is not a string";
    /// A spec file is one document. What stands behind a second `---` would be a second file;
    /// make it one.
    YAML_DOCUMENTS = "yaml-documents": "several documents in one file";
    /// Lists and maps stand in one another more than 64 deep. No spec and no manifest needs that.
    YAML_DEPTH = "yaml-depth": "more than 64 levels";
    /// A number that Kubernetes cannot hold: a whole number beyond 64 bits would lose its last
    /// digits, and JSON has no infinity. Where a string is meant (an account number, a hash),
    /// write it in quotes.
    YAML_NUMBER = "yaml-number": "a number that would lose digits";
}
