//! The codes of what is wrong with an object in the eyes of its schema.

crate::codes! {
    /// The schema of the kind has no field of that name at that place. The API server would drop
    /// the field in silence, or refuse the object when it validates strictly; either way it would
    /// not do what its author meant.
    ///
    /// ```yaml
    /// spec:
    ///   replica: 3      # the field is `replicas`
    /// ```
    ///
    /// Use the name that the help suggests, move the field to where it belongs, or remove it.
    UNKNOWN_OBJECT_FIELD = "object-field-unknown": "a field that the kind does not have";

    /// A value has another type than its schema says: a string where a number is expected, a list
    /// where a map is expected. The API server refuses the object.
    ///
    /// ```yaml
    /// replicas: "3"     # write 3
    /// cpu: 1            # fine: quantities take numbers
    /// ```
    ///
    /// Write the value in the type that the message names.
    OBJECT_TYPE = "object-type-wrong": "a value of the wrong type";

    /// The kind requires a field that is not there, and it has no default. The API server refuses
    /// the object.
    ///
    /// ```yaml
    /// kind: Deployment
    /// spec:
    ///   template: {}    # `selector` is required too
    /// ```
    ///
    /// Add the field.
    MISSING_OBJECT_FIELD = "object-field-missing": "a required field is missing";

    /// A value is null where the schema allows none. Kubernetes drops such a key, so what is
    /// stored differs from what was written, and an empty field may mean more than one thinks
    /// (an empty peer of a NetworkPolicy lets everybody in).
    ///
    /// Remove the key, or give it a value.
    OBJECT_NULL = "object-value-null": "a null where a value is needed";

    /// A text or number is none of those that the schema allows: not in its list of words, not
    /// matching its pattern, not of its format (a time, an amount, an address).
    ///
    /// ```yaml
    /// type: Clusterip   # ClusterIP, NodePort, LoadBalancer or ExternalName
    /// ```
    ///
    /// Write one of the values that the message names.
    OBJECT_VALUE = "object-value-wrong": "a value that the schema does not allow";

    /// A number is too small or too large, a text too short or too long, a list or map has too few
    /// or too many entries.
    ///
    /// Stay within the limits that the message names.
    OBJECT_RANGE = "object-value-out-of-range": "a value outside its limits";

    /// Two entries of a list are the same one: equal items of a set, or items with equal keys of
    /// what is really a map (two ports with one number and protocol, two variables of one name).
    /// Server-side apply refuses the object; without it one of the two wins in silence.
    ///
    /// Remove one of them, or give it a key of its own.
    OBJECT_DUPLICATE = "object-entry-duplicate": "the same entry twice in a list";

    /// The schema demands one of several forms (`oneOf`, `anyOf`), all of them (`allOf`) or
    /// forbids one (`not`), and the value does not comply.
    ///
    /// Compare the value with the documentation of the kind, and write exactly one of its forms.
    OBJECT_FORM = "object-form-wrong": "a value in none of the allowed forms";

    /// `status` is what controllers report. A manifest that carries it fights with them, and the
    /// API server ignores it.
    ///
    /// Remove `status`.
    OBJECT_STATUS = "object-status-present": "a manifest with a status";

    /// A rule of the kind's definition (CEL, `x-kubernetes-validations`) does not hold. The API
    /// server refuses the object with the same words.
    ///
    /// Change the value so that the rule holds.
    OBJECT_RULE = "object-rule-broken": "a rule of the kind does not hold";

    /// Something about the object could not be checked without a cluster: a rule that compares
    /// with the stored object, one that uses a function which is not at hand, or one that failed
    /// while it ran. The API server will check it.
    ///
    /// Nothing needs to be done; `kubectl apply --dry-run=server` checks what is left.
    NOT_CHECKED = "not-checked": "something that could not be checked";

    /// No schema is known for that API version and kind, so nothing can be said about the object.
    /// An object that nobody checked is not written.
    ///
    /// Correct the spelling, choose a version that the target version of Kubernetes serves, or put
    /// the kind's CustomResourceDefinition into `schemas/crds/`.
    UNKNOWN_KIND = "object-kind-unknown": "a kind without a schema";

    /// A file in `schemas/crds/` is not a usable CustomResourceDefinition (`apiextensions.k8s.io/v1`
    /// with group, names, scope, and a schema for each served version), or two of them define the
    /// same kind. A schema with `$ref`, or with a pattern that cannot be run, is none.
    ///
    /// Export it again with `kubectl get crd <name> -o yaml`, or correct what the message names.
    CRD_UNUSABLE = "crd-unusable": "a CustomResourceDefinition that cannot be used";
}
