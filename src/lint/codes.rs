//! What `lint` says of manifests beyond schemas, rules of the API server and references.

crate::codes! {
    /// The file is a template: `{{ … }}` has to be filled in before there is YAML to read. Render it
    /// and check the result: `helm template NAME CHART | tiphys lint -`. Below a folder with a
    /// `Chart.yaml` the folder `templates` is skipped for that reason.
    NOT_RENDERED = "template-not-rendered": "a template instead of a manifest";
    /// Something in the folder was not checked: documents that are no Kubernetes objects, files that
    /// only a tool reads (`Kustomization`), templates of charts. It is said, because what was not
    /// read was not found in order. Name a file itself to make a problem of it.
    SKIPPED = "skipped": "something in a folder that was not checked";
    /// Objects name others that are not in what was read: secrets that come from a store, accounts
    /// and gateways of the platform. Whether they exist cannot be told here. With
    /// `--complete` the files are all that there is, and each of these is an error.
    OUTSIDE = "references-outside": "references to what was not read";
    /// Two folders describe the same objects, so each of them is taken for a cluster of its own: nothing
    /// refers from one into the other, and nothing counts as described twice. Name one folder
    /// alone to check it alone.
    SEPARATE = "separate-clusters": "folders that describe the same objects";

    /// A waiver has no reason, or is no waiver at all. An exception that nobody can explain is not one:
    /// write the code, perhaps a last day, and why.
    ///
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     tiphys.dev/waive: "volume-host-path until 2027-03-31: reads the logs of its node"
    /// ```
    WAIVER_MALFORMED = "waiver-malformed": "a waiver that cannot be read";

    /// No network policy of the namespace selects these pods, so every pod of the cluster may connect to
    /// them, on every port. Whoever takes over one pod can try all others. Add a policy that selects them and
    /// names who may call; a policy with an empty `podSelector` and no rules denies the rest.
    ///
    /// ```yaml
    /// spec: {podSelector: {}, policyTypes: [Ingress]}
    /// ```
    NO_NETWORK_POLICY = "network-policy-missing": "pods that everybody may connect to";
    /// A network policy lets everybody in: a rule without `from`, an address range that is the whole
    /// internet, or all namespaces. That is right for an entrance, and seldom anywhere else. Name the
    /// pods and namespaces that really call, or waive it where it is the entrance.
    OPEN_POLICY = "network-policy-open": "a network policy that lets everybody in";
}
