//! Codes of pod security, in the order of the levels of the Pod Security Standards.

crate::codes! {
    /// A privileged container can do all that its node can: load kernel modules, read every disk, and look into
    /// every other pod. Nothing else in the security context counts any more. Remove `privileged`, and add the one
    /// capability that is needed. Pod Security Standards, baseline.
    PRIVILEGED = "container-privileged": "a container with the rights of its node";
    /// A pod shares the network, the processes or the memory segments of its node: it sees the traffic of others, can
    /// signal their processes, and network policies do not hold for it. Remove `hostNetwork`, `hostPID` and `hostIPC`.
    /// Pod Security Standards, baseline.
    HOST_NAMESPACES = "host-namespaces": "a pod that shares namespaces of its node";
    /// A volume is a path of the node: what lies there belongs to everybody on the node, and a writable one
    /// is the way out of the container. Use `emptyDir`, a claim, or `projected` volumes instead.
    /// Pod Security Standards, baseline.
    HOST_PATH = "volume-host-path": "a volume that is a path of the node";
    /// A container takes a port of its node: two pods with that port cannot share a node, and network policies and
    /// Services are passed by. Remove `hostPort`, and reach the pod by a Service. Pod Security Standards, baseline.
    HOST_PORT = "host-port": "a container that takes a port of its node";
    /// A container asks for a capability that breaks out of it (`SYS_ADMIN`, `NET_ADMIN`, `ALL` …). Leave it out: most
    /// programs that ask for one need it only to bind a port below 1024, and can use another port.
    /// Pod Security Standards, baseline.
    CAPABILITIES_ADDED = "capabilities-added": "a container with dangerous capabilities";
    /// `procMount: Unmasked` shows the container parts of `/proc` that hold the kernel's state, some of
    /// them writable. Remove the field: the default hides them. Pod Security Standards, baseline.
    PROC_UNMASKED = "proc-unmasked": "a container that sees all of /proc";
    /// A kernel parameter is set that is not known to be safe: it may change the node for all its pods, and the
    /// kubelet refuses it unless it is allowed there. Remove it, or set it on the nodes.
    /// Pod Security Standards, baseline.
    SYSCTL_UNSAFE = "sysctl-unsafe": "a kernel parameter that is not safe";
    /// AppArmor or seccomp is turned off: the container may make every system call, the forgotten ones as well,
    /// which is where most escapes begin. Write `type: RuntimeDefault`.
    /// Pod Security Standards, baseline.
    UNCONFINED = "profile-unconfined": "a container without AppArmor or seccomp";
    /// SELinux options choose a user, a role or a type that is not one of the containers' own, so the policy
    /// that keeps containers apart does not hold. Remove `seLinuxOptions`. Pod Security Standards, baseline.
    SELINUX = "selinux-options": "SELinux options that lift the separation";
    /// A Windows container runs as a process of its host. It has the rights of the host there: remove
    /// `hostProcess`. Pod Security Standards, baseline.
    HOST_PROCESS = "host-process": "a Windows container that is a process of its host";
    /// A probe or hook names a `host`: the kubelet would send the request there from its own network, past all network
    /// policies. Remove `host`: the pod's own address is the default. Pod Security Standards, baseline.
    PROBE_HOST = "probe-host": "a probe that is sent somewhere else";

    /// A volume is of a kind that reaches a storage server or a node by itself. The restricted standard has `configMap`,
    /// `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `persistentVolumeClaim`, `projected` and `secret`. Use a claim.
    VOLUME_KIND = "volume-kind-restricted": "a volume of a kind that is not restricted";
    /// A program in the container may gain more rights than its parent, by a set-user-id bit: `sudo`, and
    /// every forgotten binary like it. Write `allowPrivilegeEscalation: false`. Pod Security Standards, restricted.
    ESCALATION = "privilege-escalation": "a container that can gain rights";
    /// The container runs as root, or may if its image says so: who breaks out of it is root on the node. Write
    /// `runAsNonRoot: true`, and build the image for a user above 0. Pod Security Standards, restricted.
    ROOT = "container-root": "a container that may run as root";
    /// No seccomp profile is set, and the default of the runtime is not the default of Kubernetes: every system call is
    /// allowed. Write `seccompProfile: {type: RuntimeDefault}`, once for the pod. Pod Security Standards, restricted.
    NO_SECCOMP = "seccomp-missing": "a container without a seccomp profile";
    /// A container keeps capabilities of root that no ordinary program needs. Write `capabilities: {drop: [ALL]}`; the
    /// restricted standard allows to add `NET_BIND_SERVICE` alone. Pod Security Standards, restricted.
    CAPABILITIES_KEPT = "capabilities-kept": "a container that keeps capabilities";

    /// A container does not say how much CPU and memory it needs, or has no limit for memory. The scheduler packs
    /// it anywhere, the autoscaler cannot work, and a leak takes its neighbours down. Set `resources.requests` for both
    /// and `resources.limits.memory`.
    RESOURCES = "resources-missing": "a container without requests, or without a limit for memory";
    /// A container that takes traffic has no readiness probe: it gets requests before it can answer them,
    /// and keeps them when it cannot any more. A rollout then takes every new pod for ready at once, and a
    /// broken version passes. Add a `readinessProbe`.
    NO_READINESS = "readiness-missing": "a container with ports that nobody asks whether it is ready";
    /// A container asks for less memory than any program needs, or for more processors than a machine has: the unit is
    /// missing. `memory: 512` is 512 bytes, with which no container starts, and `cpu: 4000` is 4,000 processors, which
    /// no node has. Write `512Mi` and `4000m`.
    AMOUNT_ODD = "amount-without-unit": "an amount of memory or cpu that lacks its unit";
    /// The image has no tag, or `latest`: which version runs depends on the minute at which each node pulled it, and a
    /// rollback cannot name the old one. Write a version, or better the digest: `registry/name@sha256:…`.
    IMAGE_TAG = "image-floating": "an image without a version";
    /// The container can write to its own file system, where an intruder would put tools. Write
    /// `readOnlyRootFilesystem: true`, and mount an `emptyDir` where the program has to write.
    WRITABLE_ROOT = "root-filesystem-writable": "a container that can change its own files";
}
