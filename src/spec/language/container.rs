//! Containers: probes, volumes, secrets, users, places.

use super::*;

structs! {
    /// How to ask a container how it is.
    Probe {
        /// An HTTP path.
        arg "path" path: Option<At<UrlPath>>,
        /// The name of another port, or its number.
        "port" port: Option<At<Text>> = "metrics",
        /// A command that exits with 0 when all is well.
        "command" command: Sequence<Text> = "/bin/check",
        /// HTTP headers.
        "headers" headers: Strings<HeaderName, Text> = "beta=1",
        /// Before the first try.
        "delay" delay: Option<At<Duration>> = "5s",
        /// Between tries.
        "every" every: Option<At<Duration>> = "10s",
        /// How long an answer may take.
        "timeout" timeout: Option<At<Duration>> = "2s",
        /// Failed tries in a row that count.
        "tries" tries: Option<At<Tries>>,
    }

    /// A secret in the store.
    Secret {
        /// Where it lies, behind the environment's prefix.
        "path" path: Option<At<SecretPath>>,
        /// Variables and the keys that they get.
        "env" env: Strings<EnvName, Line> = "key" by "STRIPE_KEY",
        /// Files and the keys that they get; a `volume` mounts them.
        "file" file: Strings<FileName, Line> = "certificate" by "tls.crt",
    }

    /// A directory in the container. An emptyDir where it names no other source.
    Volume {
        /// Where it is mounted.
        "mount" mount: Option<At<MountPath>>,
        /// The storage class of a claim that outlives the pod; `default` is the cluster's own.
        "claim" claim: Option<At<ObjectName>> = "standard",
        /// An existing PersistentVolumeClaim.
        "existing" existing: Option<At<ObjectName>> = "data",
        /// One of the service's secrets, as files.
        "secret" secret: Option<At<Name>> = "stripe",
        /// A file below `also/`, as a ConfigMap.
        "config" config: Option<At<AlsoPath>> = "also/app.conf",
        /// The size of a claim, or the most that an emptyDir may hold.
        "size" size: Option<At<Memory>>,
        /// Nothing can be written there.
        "read-only" read_only: Flag,
    }

    /// A container beside the service's own.
    Container {
        /// Its image with version and digest.
        "image" image: Option<At<PinnedImage>>,
        /// Replaces the image's entry point. `$(NAME)` is the value of a variable.
        "command" command: Sequence<Text> = "/bin/migrate",
        /// Replaces the image's arguments. `$(NAME)` is the value of a variable.
        "args" args: Sequence<Text> = "--verbose",
        /// Environment variables. `$(NAME)` is the value of an earlier one; `$$(NAME)` is the text itself.
        "config" config: Strings<EnvName, Text>,
        /// What it gets, if not as much as the service.
        "size" size: Option<ContainerSize>,
        /// Restarts it when it fails.
        "live" live: Option<Probe>,
        /// Takes the pod out of traffic when it fails.
        "ready" ready: Option<Probe>,
        /// Holds back the others until it succeeds.
        "start" start: Option<Probe>,
    }

    /// What one container gets.
    ContainerSize {
        /// Request and limit of cpu.
        "cpu" cpu: Option<At<Range<Cpu>>>,
        /// Request and limit of memory.
        "memory" memory: Option<At<Range<Memory>>>,
    }

    /// The user that processes run as.
    RunAs {
        /// The user.
        "user" user: Option<At<UserId>>,
        /// The group, if not the user's number.
        "group" group: Option<At<UserId>>,
        /// The group that owns volumes, if not the group.
        "files" files: Option<At<UserId>>,
    }

    /// Where pods may run.
    Schedule {
        /// Labels that nodes must have.
        "nodes" nodes: Strings<LabelKey, LabelValue>,
        /// Taints that do not keep it away.
        "tolerate" tolerate: Named<Toleration>,
        /// The PriorityClass.
        "priority" priority: Option<At<ObjectName>> = "high",
    }

    /// A taint that does not keep pods away.
    Toleration {
        /// The taint's value; any where none is given.
        "value" value: Option<At<LabelValue>>,
        /// The taint's effect; any where none is given.
        "effect" effect: Option<At<TaintEffect>>,
    }
}
