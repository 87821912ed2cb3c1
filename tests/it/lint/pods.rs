//! Each rule of pod security, broken alone.

use super::{at_level, files, told};
use tiphys::lint::security::Level;

/// A pod that keeps every rule, with one field more or another one.
fn deployment(pod: &str, container: &str, context: &str) -> String {
    let context = match context {
        "" => "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}".to_string(),
        other => other.to_string(),
    };
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      {}
      containers:
      - name: web
        image: registry.example.com/web:1.2.3
        securityContext: {{{context}}}
        {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: all}}
spec: {{podSelector: {{}}, policyTypes: [Ingress]}}
",
        match pod {
            "" => "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}",
            pod => pod,
        },
        match container {
            "" => "resources: {requests: {cpu: 100m}, limits: {memory: 64Mi}}",
            container => container,
        }
    )
}

const SAFE: &str =
    "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}";

#[test]
fn a_pod_that_keeps_every_rule_is_in_order() {
    let (sources, report) = files(
        &[("a.yaml", &deployment("", "", ""))],
        &at_level(Level::Restricted),
    );
    assert_eq!(told(&sources, &report), [] as [&str; 0]);
}

#[test]
fn each_rule_is_told_where_it_is_broken() {
    let sound = "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
    let pod = |more: &str| deployment(&format!("{sound}\n      {more}"), "", "");
    let limited = "resources: {requests: {cpu: 100m}, limits: {memory: 64Mi}}";
    let container = |more: &str| deployment("", &format!("{limited}\n        {more}"), "");
    let context = |text: &str| deployment("", "", text);
    let cases: &[(&str, String)] = &[
        (
            "container-privileged privilege-escalation",
            context("privileged: true, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}"),
        ),
        (
            "amount-without-unit",
            deployment(
                "",
                "resources: {requests: {cpu: 100m}, limits: {memory: 512}}",
                "",
            ),
        ),
        (
            "amount-without-unit",
            deployment(
                "",
                "resources: {requests: {cpu: 4000}, limits: {cpu: 4000, memory: 64Mi}}",
                "",
            ),
        ),
        (
            "clear-text-secret",
            container("env: [{name: DB_PASSWORD, value: hunter2hunter2}]"),
        ),
        (
            "clear-text-secret",
            container("env: [{name: DB, value: 'postgres://u:p4ss@db/x'}]"),
        ),
        (
            "",
            container(
                "env: [{name: DB_PASSWORD_FILE, value: /run/password}, {name: TOKEN, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}]",
            ),
        ),
        ("host-namespaces", pod("hostNetwork: true")),
        ("host-namespaces", pod("hostPID: true")),
        (
            "volume-host-path",
            pod("volumes: [{name: run, hostPath: {path: /run}}]"),
        ),
        (
            "host-port",
            container("ports: [{containerPort: 53, hostPort: 53, protocol: UDP}]"),
        ),
        (
            "capabilities-added capabilities-kept",
            context(
                "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [SYS_ADMIN]}",
            ),
        ),
        (
            "capabilities-kept",
            context(
                "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [CHOWN]}",
            ),
        ),
        (
            "",
            context(
                "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}",
            ),
        ),
        (
            "capabilities-kept",
            context("allowPrivilegeEscalation: false, readOnlyRootFilesystem: true"),
        ),
        (
            "proc-unmasked",
            deployment(
                &format!("{sound}\n      hostUsers: false"),
                "",
                &format!("{SAFE}, procMount: Unmasked"),
            ),
        ),
        (
            "sysctl-unsafe",
            deployment(
                "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: kernel.msgmax, value: '1'}]}",
                "",
                "",
            ),
        ),
        (
            "",
            deployment(
                "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]}",
                "",
                "",
            ),
        ),
        (
            "profile-unconfined",
            deployment(
                "securityContext: {runAsNonRoot: true, seccompProfile: {type: Unconfined}}",
                "",
                "",
            ),
        ),
        (
            "profile-unconfined",
            context(&format!("{SAFE}, appArmorProfile: {{type: Unconfined}}")),
        ),
        (
            "selinux-options",
            context(&format!("{SAFE}, seLinuxOptions: {{type: spc_t}}")),
        ),
        (
            "host-namespaces host-process",
            deployment(
                "securityContext: {runAsNonRoot: true, windowsOptions: {hostProcess: true, runAsUserName: x}}\n      os: {name: windows}\n      hostNetwork: true",
                "",
                "windowsOptions: {hostProcess: true}",
            ),
        ),
        (
            "probe-host",
            container("livenessProbe: {httpGet: {port: 80, host: example.com}}"),
        ),
        (
            "volume-kind-restricted",
            pod("volumes: [{name: share, nfs: {server: a, path: /}}]"),
        ),
        (
            "privilege-escalation",
            context("readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}"),
        ),
        (
            "container-root",
            deployment(
                "securityContext: {seccompProfile: {type: RuntimeDefault}}",
                "",
                "",
            ),
        ),
        (
            "container-root",
            context(&format!("{SAFE}, runAsNonRoot: false")),
        ),
        (
            "seccomp-missing",
            deployment("securityContext: {runAsNonRoot: true}", "", ""),
        ),
        (
            "resources-missing",
            deployment("", "resources: {requests: {cpu: 1, memory: 1Gi}}", ""),
        ),
        (
            "resources-missing",
            deployment("", "resources: {limits: {memory: 1Gi}}", ""),
        ),
        (
            "",
            deployment("", "resources: {limits: {cpu: 1, memory: 1Gi}}", ""),
        ),
        (
            "readiness-missing",
            container("ports: [{containerPort: 80}]"),
        ),
        (
            "root-filesystem-writable",
            context("allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}"),
        ),
        (
            "image-floating",
            deployment("", "", "").replace("web:1.2.3", "web"),
        ),
        (
            "image-floating",
            deployment("", "", "").replace("example.com/web:1.2.3", "example.com:5000/web:latest"),
        ),
        (
            "",
            deployment("", "", "").replace(
                "web:1.2.3",
                "web@sha256:1010101010101010101010101010101010101010101010101010101010101010",
            ),
        ),
    ];
    for (expected, manifest) in cases {
        let (sources, report) = files(&[("a.yaml", manifest)], &at_level(Level::Restricted));
        let told = told(&sources, &report);
        let mut codes: Vec<&str> = told
            .iter()
            .filter_map(|one| one.strip_prefix("warning ")?.split(' ').next())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.join(" "), *expected, "{manifest}\n{told:?}");
        assert!(
            told.iter().all(|one| !one.starts_with("error")),
            "{manifest}\n{told:?}"
        );
    }
}

#[test]
fn a_level_takes_the_rules_above_it() {
    let manifest = deployment("hostNetwork: true", "", "");
    let codes = |level| {
        let (sources, report) = files(&[("a.yaml", &manifest)], &at_level(level));
        told(&sources, &report).len()
    };
    assert_eq!(codes(Level::Privileged), 0);
    assert_eq!(codes(Level::Baseline), 1);
    assert_eq!(codes(Level::Restricted), 3);
}

#[test]
fn what_a_namespace_enforces_is_an_error() {
    let namespace = "apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
";
    let manifest = namespace.to_string() + &deployment("hostNetwork: true", "", "");
    let (sources, report) = files(&[("a.yaml", &manifest)], &at_level(Level::Restricted));
    assert_eq!(
        told(&sources, &report),
        [
            "warning host-namespaces 13",
            "error pod-refused 13",
            "warning container-root 17",
            "warning seccomp-missing 17",
        ]
    );
}
