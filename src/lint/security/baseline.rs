//! The baseline standard: what lets a container out of itself.

use super::view::{Container, Pod};
use super::{Breach, of_container, of_pod};
use crate::verify::cursor::Cursor;

type Breaches = Vec<Breach>;

pub fn privileged(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        if one
            .cursor()
            .find("securityContext/privileged")
            .and_then(|at| at.as_bool())
            == Some(true)
        {
            of_container(&one, "securityContext/privileged", "is privileged", out);
        }
    }
}

pub fn host_namespaces(pod: &Pod, out: &mut Breaches) {
    let at = pod.cursor();
    let shared = [
        ("hostNetwork", "the network"),
        ("hostPID", "the processes"),
        ("hostIPC", "the shared memory"),
    ];
    for (field, what) in shared {
        if at.flag(field) == Some(true) {
            of_pod(
                field,
                format!("`{field}`"),
                format!("shares {what} of the node"),
                out,
            );
        }
    }
}

pub fn host_path(pod: &Pod, out: &mut Breaches) {
    for (index, volume) in pod.cursor().list("volumes").enumerate() {
        if volume.has("hostPath") {
            let (name, path) = (volume.text("name"), volume.text("hostPath/path"));
            let what = format!("is `{path}` of the node");
            let subject = format!("the volume `{name}`");
            of_pod(&format!("volumes/{index}/hostPath"), subject, what, out);
        }
    }
}

pub fn host_port(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        for (index, port) in one.cursor().list("ports").enumerate() {
            if let Some(number) = port.int("hostPort").filter(|number| *number != 0) {
                let what = format!("takes port {number} of its node");
                of_container(&one, &format!("ports/{index}/hostPort"), what, out);
            }
        }
    }
}

/// Those that the standard allows to add.
const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

pub fn capabilities(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        for (index, item) in one
            .cursor()
            .list("securityContext/capabilities/add")
            .enumerate()
        {
            let Some(name) = item.value().as_str() else {
                continue;
            };
            if !ALLOWED.contains(&name) {
                let path = format!("securityContext/capabilities/add/{index}");
                of_container(&one, &path, format!("adds the capability `{name}`"), out);
            }
        }
    }
}

pub fn proc_mount(pod: &Pod, out: &mut Breaches) {
    for one in pod.containers() {
        let text = one.cursor().text("securityContext/procMount");
        if !matches!(text, "" | "Default") {
            of_container(
                &one,
                "securityContext/procMount",
                "sees all of `/proc`",
                out,
            );
        }
    }
}

/// Those of the standard, by the newest version. Source: k8s.io/pod-security-admission
/// `policy/check_sysctls.go`.
const SAFE: [&str; 11] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
];

pub fn sysctls(pod: &Pod, out: &mut Breaches) {
    for (index, item) in pod.cursor().list("securityContext/sysctls").enumerate() {
        let name = item.text("name");
        if !SAFE.contains(&name) && name != "net.ipv4.tcp_wmem" {
            let path = format!("securityContext/sysctls/{index}/name");
            of_pod(
                &path,
                format!("the kernel parameter `{name}`"),
                "is not safe",
                out,
            );
        }
    }
}

/// Profiles of the pod, of each container, and the annotation that AppArmor had before.
pub fn unconfined(pod: &Pod, out: &mut Breaches) {
    for field in ["seccompProfile", "appArmorProfile"] {
        let path = format!("securityContext/{field}/type");
        if pod.cursor().text(&path) == "Unconfined" {
            of_pod(&path, format!("`{field}`"), "is off", out);
        }
        for one in pod.containers() {
            if one.cursor().text(&path) == "Unconfined" {
                of_container(&one, &path, format!("runs without `{field}`"), out);
            }
        }
    }
    for (key, value) in pod.annotations() {
        if key.starts_with("container.apparmor.security.beta.kubernetes.io/")
            && value == "unconfined"
        {
            of_pod(
                "containers",
                format!("the annotation `{key}`"),
                "turns AppArmor off",
                out,
            );
        }
    }
}

pub fn selinux(pod: &Pod, out: &mut Breaches) {
    let path = "securityContext/seLinuxOptions";
    let wrong = |at: &Cursor| {
        let kind = at.text("securityContext/seLinuxOptions/type");
        let types = [
            "",
            "container_t",
            "container_init_t",
            "container_kvm_t",
            "container_engine_t",
        ];
        let is_set = |field: &str| !at.text(&format!("{path}/{field}")).is_empty();
        !types.contains(&kind) || is_set("user") || is_set("role")
    };
    if wrong(&pod.cursor()) {
        of_pod(
            path,
            "`seLinuxOptions`",
            "lifts the separation of containers",
            out,
        );
    }
    for one in pod.containers() {
        if wrong(&one.cursor()) {
            of_container(&one, path, "has SELinux options of its own", out);
        }
    }
}

pub fn host_process(pod: &Pod, out: &mut Breaches) {
    let path = "securityContext/windowsOptions/hostProcess";
    if pod.cursor().flag(path) == Some(true) {
        of_pod(path, "`hostProcess`", "makes processes of the host", out);
    }
    for one in pod.containers() {
        if one.cursor().flag(path) == Some(true) {
            of_container(&one, path, "is a process of its host", out);
        }
    }
}

pub fn probe_host(pod: &Pod, out: &mut Breaches) {
    const ASKS: [&str; 5] = [
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "lifecycle/postStart",
        "lifecycle/preStop",
    ];
    let asked = |one: &Container, ask: &str, by: &str| {
        let path = format!("{ask}/{by}/host");
        let host = one.cursor().text(&path);
        (!matches!(host, "" | "127.0.0.1" | "::1")).then_some(path)
    };
    for one in pod.containers() {
        for ask in ASKS {
            for by in ["httpGet", "tcpSocket"] {
                if let Some(path) = asked(&one, ask, by) {
                    of_container(&one, &path, "has its probe sent to another host", out);
                }
            }
        }
    }
}
