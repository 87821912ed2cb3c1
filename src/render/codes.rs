//! The codes of what can be wrong with a template, or with the values that one is given.

use crate::codes;

codes! {
    /// A draft names a template that neither the built-in set nor `templates/` holds.
    ///
    /// Templates are the files `templates/<name>.yaml.j2`; a file of your own with the name of a
    /// built-in template replaces it.
    ///
    /// **Instead**: name a template that exists, or add the file.
    TEMPLATE_MISSING = "template-missing": "a template that does not exist";

    /// The text of a template cannot be read as one.
    ///
    /// Templates are YAML with `${ expression }` for values, `{% if %}` and `{% for %}` for
    /// structure and `{# … #}` for comments. `{{ … }}` means nothing here: it belongs to Argo.
    ///
    /// ```yaml
    /// spec:
    ///   replicas: ${ replicas }
    ///   {% if paused %}
    ///   paused: true
    ///   {% endif %}
    /// ```
    TEMPLATE_SYNTAX = "template-syntax": "a template that cannot be read";

    /// A template uses a name that it is not given, or a member that a value does not have.
    ///
    /// Nothing is ever empty by accident: a misspelt name would otherwise silently drop a field
    /// of a manifest.
    ///
    /// **Instead**: correct the name. What may be missing is given as null and written
    /// `${ value | optional }`.
    TEMPLATE_UNDEFINED = "template-undefined": "a template uses a value that it is not given";

    /// A value that a template writes is null.
    ///
    /// A null in a manifest mostly means "the default of the server", which is seldom what a
    /// template wants to say and never what it seems to say.
    ///
    /// **Instead**: write `${ value | optional }`, which drops the field (or the item of the
    /// list) when the value is null.
    TEMPLATE_NULL = "template-null": "a template writes a null";

    /// A field that selects peers (`from`, `to`, `podSelector`, `namespaceSelector`,
    /// `matchLabels`) is empty.
    ///
    /// In a network policy an empty selector selects everything and a rule without peers lets
    /// everyone through: a list that is empty by mistake would open the door.
    ///
    /// **Instead**: write the peers, leave the rule out, or say that everyone is meant:
    ///
    /// ```yaml
    /// podSelector: ${ any }
    /// from: ${ peers | any }
    /// ```
    TEMPLATE_EMPTY_PEERS = "template-empty-peers": "a selector or list of peers that is empty";

    /// A value does not fit the place where a template writes it: a list inside a text, a number
    /// that is infinite, a name of a field that is a list.
    ///
    /// **Instead**: give the list or the map a field of its own (`field: ${ list }`); inside a
    /// text only strings, numbers and booleans can stand.
    TEMPLATE_VALUE = "template-value": "a value that does not fit where a template writes it";

    /// A filter or function of a template refuses the value that it is given.
    ///
    /// The builders (`promql_duration`, `url_host`, `argo_text` …) write a value into another
    /// language. They escape what can be escaped and refuse what cannot.
    ///
    /// **Instead**: change the value to what the message says is expected.
    TEMPLATE_REFUSED = "template-refused": "a filter of a template refuses a value";

    /// Two fields of one map have the same name once the template is filled in.
    ///
    /// Readers of YAML keep the last one, or the first, or refuse the file.
    ///
    /// **Instead**: write each field once; where a name comes from a value, make sure that no
    /// other field can have it.
    TEMPLATE_DUPLICATE_KEY = "template-duplicate-key": "a field that a template writes twice";

    /// What a template makes is not YAML of the kind that templates may write: one document,
    /// maps with plain names, lists and scalars, without anchors, aliases, tags or merge keys.
    ///
    /// A field without any value is an error too: it appears when the loop that should have
    /// filled it had nothing to write.
    ///
    /// **Instead**: put `{% if list %}` around the field and its loop, or write the value.
    TEMPLATE_STRUCTURE = "template-structure": "a template whose result is not a manifest";

    /// A template needs too many steps, or makes too much or too deep output.
    ///
    /// Templates run inside of build servers, so steps, bytes, nesting and recursion have fixed
    /// limits that are far above what a manifest needs.
    ///
    /// **Instead**: look for a loop over something large, or a template that includes itself.
    TEMPLATE_LIMIT = "template-limit": "a template that needs too many steps or makes too much";

    /// A text holds one of the two characters that mark values while a template is filled in
    /// (`U+10FFF8` and `U+10FFF9`, which no standard gives a meaning).
    ///
    /// **Instead**: remove the character; it most likely came in by a copy from a broken file.
    TEMPLATE_MARKER = "template-marker": "a text with a character that templates reserve";

    /// A value with `{{` reaches a field that Argo fills in by its own templates.
    ///
    /// Argo would read the value as an instruction of its own, or fail at run time.
    ///
    /// **Instead**: change the value. `{{args.name}}` that Argo is meant to see is written in the
    /// template itself, never in a value.
    TEMPLATE_ARGO = "template-argo": "a value with `{{` in a field that Argo fills in";
}
