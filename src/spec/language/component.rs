//! Components: platform parts that come from elsewhere.

use super::*;

structs! {
    /// A platform part that comes from elsewhere.
    Component {
        /// The team that owns it.
        "owner" owner: Option<At<Name>> = "platform",
        /// A Helm chart.
        "chart" chart: Option<Chart>,
        /// Plain manifests in a git repository.
        "directory" directory: Option<Directory>,
        /// Its namespace.
        "namespace" namespace: Option<ComponentNamespace>,
        /// What `calls` to this component reach.
        "endpoint" endpoint: Named<ComponentEndpoint>,
        /// Its values file.
        "values" values: Option<At<AlsoPath>> = "also/vault.yaml",
        /// Services and components that it calls.
        "calls" calls: Set<Name>,
        /// What is installed before it.
        "depends" depends: Set<Name> = "cert-manager",
        /// Manifests of one's own beside it.
        "also" also: Set<AlsoPath> = "also/vault-ingress.yaml",
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
    }

    /// A Helm chart. Its version stands in `releases.yaml`.
    Chart {
        /// The chart's name.
        arg "name" name: Option<At<ObjectName>>,
        /// The chart repository.
        "repository" repository: Option<At<Repository>> = "https://charts.example.com",
    }

    /// A directory of manifests. Its revision stands in `releases.yaml`.
    Directory {
        /// The git repository.
        arg "repository" repository: Option<At<Repository>>,
        /// The directory in it.
        "path" path: Option<At<DirectoryPath>>,
    }

    /// The namespace of a component.
    ComponentNamespace {
        /// Its name.
        arg "name" name: Option<At<ObjectName>> = "vault",
        /// The pod security level that it needs; `restricted` where none is given.
        "pods" pods: Option<At<PodSecurity>>,
    }

    /// A Service of a component.
    ComponentEndpoint {
        /// The Service's name.
        "service" service: Option<At<Name>> = "vault",
        /// Its port.
        "port" port: Option<At<Port>>,
    }
}
