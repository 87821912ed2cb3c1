//! Kinds that a fleet of services seldom writes itself: storage, addresses, admission, nodes, and
//! what else the API server checks in code.

use crate::diagnostic::Code;
use crate::verify::object::Rule;

mod address;
mod certificate;
mod definition;
mod device;
mod endpoints;
mod event;
mod flow;
mod node;
mod policy;
pub(super) mod storage;
mod structural;
mod volume;
mod webhook;

pub use address::domain_path;
pub use endpoints::reachable;

const STORAGE: &str = "storage.k8s.io";
const NETWORK: &str = "networking.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const DEVICES: &str = "resource.k8s.io";

pub const RULES: &[Rule] = &[
    Rule {
        kinds: &[("", "PersistentVolume")],
        check: volume::persistent,
    },
    Rule {
        kinds: &[(STORAGE, "StorageClass")],
        check: storage::class,
    },
    Rule {
        kinds: &[(STORAGE, "VolumeAttributesClass")],
        check: storage::attributes_class,
    },
    Rule {
        kinds: &[(STORAGE, "CSIDriver")],
        check: storage::csi_driver,
    },
    Rule {
        kinds: &[(STORAGE, "CSINode")],
        check: storage::csi_node,
    },
    Rule {
        kinds: &[(STORAGE, "CSIStorageCapacity")],
        check: storage::capacity,
    },
    Rule {
        kinds: &[(STORAGE, "VolumeAttachment")],
        check: storage::attachment,
    },
    Rule {
        kinds: &[("discovery.k8s.io", "EndpointSlice")],
        check: endpoints::slice,
    },
    Rule {
        kinds: &[("", "Endpoints")],
        check: endpoints::endpoints,
    },
    Rule {
        kinds: &[(NETWORK, "ServiceCIDR")],
        check: address::service_ranges,
    },
    Rule {
        kinds: &[(NETWORK, "IPAddress")],
        check: address::address,
    },
    Rule {
        kinds: &[(NETWORK, "IngressClass")],
        check: address::ingress_class,
    },
    Rule {
        kinds: &[
            (ADMISSION, "ValidatingWebhookConfiguration"),
            (ADMISSION, "MutatingWebhookConfiguration"),
        ],
        check: webhook::configuration,
    },
    Rule {
        kinds: &[(ADMISSION, "ValidatingAdmissionPolicy")],
        check: policy::validating,
    },
    Rule {
        kinds: &[(ADMISSION, "MutatingAdmissionPolicy")],
        check: policy::mutating,
    },
    Rule {
        kinds: &[(ADMISSION, "ValidatingAdmissionPolicyBinding")],
        check: webhook::validating_binding,
    },
    Rule {
        kinds: &[(ADMISSION, "MutatingAdmissionPolicyBinding")],
        check: webhook::binding,
    },
    Rule {
        kinds: &[(FLOW, "FlowSchema")],
        check: flow::schema,
    },
    Rule {
        kinds: &[(FLOW, "PriorityLevelConfiguration")],
        check: flow::level,
    },
    Rule {
        kinds: &[(DEVICES, "DeviceClass")],
        check: device::class,
    },
    Rule {
        kinds: &[(DEVICES, "ResourceClaim")],
        check: device::claim,
    },
    Rule {
        kinds: &[(DEVICES, "ResourceClaimTemplate")],
        check: device::claim_template,
    },
    Rule {
        kinds: &[("certificates.k8s.io", "CertificateSigningRequest")],
        check: certificate::request,
    },
    Rule {
        kinds: &[("", "Namespace")],
        check: node::namespace,
    },
    Rule {
        kinds: &[("", "Node")],
        check: node::node,
    },
    Rule {
        kinds: &[("scheduling.k8s.io", "PriorityClass")],
        check: node::priority_class,
    },
    Rule {
        kinds: &[("node.k8s.io", "RuntimeClass")],
        check: node::runtime_class,
    },
    Rule {
        kinds: &[("apps", "ControllerRevision")],
        check: node::revision,
    },
    Rule {
        kinds: &[("coordination.k8s.io", "Lease")],
        check: node::lease,
    },
    Rule {
        kinds: &[("apiregistration.k8s.io", "APIService")],
        check: node::api_service,
    },
    Rule {
        kinds: &[("apiextensions.k8s.io", "CustomResourceDefinition")],
        check: definition::check,
    },
    Rule {
        kinds: &[("", "Event")],
        check: event::old,
    },
    Rule {
        kinds: &[("events.k8s.io", "Event")],
        check: event::new,
    },
];

/// Every code of this folder.
pub const CODES: &[&[&Code]] = &[policy::CODES, structural::CODES];
