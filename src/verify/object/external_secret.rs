//! ExternalSecrets: where values come from and what they are called.
//!
//! Source: external-secrets `apis/externalsecrets/v1/externalsecret_validator.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::schedule::duration;
use crate::verify::object::shape::{
    Findings, contradiction, name, not_empty, optional_name, required, unique, word,
};

codes! {
    /// An ExternalSecret that names neither `data` nor `dataFrom` makes an empty Secret: pods that
    /// wait for its keys would never start.
    /// List its keys under `data`.
    SECRET_SOURCE_MISSING = "secret-source-missing": "an ExternalSecret that fetches nothing";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    out.extend(duration(&spec, "refreshInterval"));
    if let Some(store) = spec.at("secretStoreRef") {
        not_empty(&store, "name", out);
        word(&store, "kind", &["SecretStore", "ClusterSecretStore"], out);
    }
    let generated = spec.list("dataFrom").any(|source| source.has("sourceRef"));
    if !spec.has("secretStoreRef")
        && !generated
        && !spec.list("data").all(|entry| entry.has("sourceRef"))
    {
        required(&spec, "secretStoreRef", out);
    }
    if spec.len("data") + spec.len("dataFrom") == 0 {
        let message = "the ExternalSecret fetches nothing";
        out.push(
            spec.error_at("data", SECRET_SOURCE_MISSING, message)
                .help("add `data` or `dataFrom`"),
        );
    }
    optional_name(&spec, "target/name", names::subdomain, out);
    word(
        &spec,
        "target/creationPolicy",
        &["Owner", "Orphan", "Merge", "None"],
        out,
    );
    word(
        &spec,
        "target/deletionPolicy",
        &["Delete", "Merge", "Retain"],
        out,
    );
    let (creation, deletion) = (
        spec.text("target/creationPolicy"),
        spec.text("target/deletionPolicy"),
    );
    if (deletion == "Delete" && matches!(creation, "Merge" | "None"))
        || (deletion == "Merge" && creation == "None")
    {
        let message =
            format!("`deletionPolicy: {deletion}` does not go with `creationPolicy: {creation}`");
        out.push(contradiction(
            &spec,
            "target/deletionPolicy",
            message,
            "write `deletionPolicy: Retain`",
        ));
    }
    unique(&spec, "data", "secretKey", out);
    for entry in spec.list("data") {
        name(&entry, "secretKey", names::config_key, out);
        required(&entry, "remoteRef/key", out);
    }
}
