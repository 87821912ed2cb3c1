//! YAML to values with spans: one strict dialect for specs, one as Kubernetes reads it for manifests.
