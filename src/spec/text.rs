//! Texts with a form of their own: names, paths, hosts, images.

use super::scalar::{Accepts, Scalar, ScalarShape, one_of, texts, words};
use crate::value::Str;

pub(super) fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(otherwise.to_string())
    }
}

/// Lower-case letters, digits and `-`; begins with a letter, ends with a letter or digit.
fn label(text: &str, longest: usize) -> Result<(), String> {
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    ensure(
        inner && first && !text.ends_with('-'),
        "expected lower-case letters, digits and `-`, beginning with a letter",
    )?;
    ensure(
        text.len() <= longest,
        &format!("expected at most {longest} characters"),
    )
}

/// DNS-1123 subdomain: labels that may begin with a digit, joined by dots.
pub(super) fn subdomain(text: &str) -> Result<(), String> {
    let part = |part: &str| {
        let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        edge(part.bytes().next())
            && edge(part.bytes().last())
            && part.len() <= 63
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    ensure(
        text.len() <= 253 && text.split('.').all(part),
        "expected a DNS name in lower case",
    )
}

fn qualified(text: &str) -> Result<(), String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let holds = edge(name.bytes().next())
        && edge(name.bytes().last())
        && name.len() <= 63
        && name.bytes().all(inner)
        && prefix.is_none_or(|prefix| subdomain(prefix).is_ok());
    ensure(
        holds,
        "expected a Kubernetes label key, as `disk` or `example.com/disk`",
    )
}

fn label_value(text: &str) -> Result<(), String> {
    let edge = |b: Option<u8>| b.is_none_or(|b| b.is_ascii_alphanumeric());
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let holds = edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.len() <= 63
        && text.bytes().all(inner);
    ensure(
        holds,
        "expected at most 63 letters, digits, `-`, `_` and `.`",
    )
}

fn printable(text: &str) -> Result<(), String> {
    ensure(!text.is_empty(), "expected some text")?;
    ensure(
        !text.chars().any(char::is_control),
        "control characters are not allowed",
    )
}

fn url_path(text: &str) -> Result<(), String> {
    let allowed = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
    ensure(
        text.starts_with('/'),
        "expected a path that begins with `/`",
    )?;
    ensure(
        text.bytes().all(allowed),
        "expected a path with its special characters escaped (`%20`)",
    )?;
    ensure(
        !text.split('/').any(|part| part == "..") && !text.contains("//"),
        "expected no `..` and no `//`",
    )
}

fn mount_path(text: &str) -> Result<(), String> {
    ensure(
        text.starts_with('/') && text.len() > 1,
        "expected a directory below `/`",
    )?;
    ensure(
        !text.contains(':') && !text.split('/').any(|part| part == "..") && printable(text).is_ok(),
        "expected no `:` and no `..`",
    )
}

fn also_path(text: &str) -> Result<(), String> {
    let inside = text.starts_with("also/") && !text.ends_with('/');
    let plain = !text.contains('\\')
        && !text
            .split('/')
            .any(|part| part.is_empty() || part == "." || part == "..");
    ensure(
        inside && plain && printable(text).is_ok(),
        "expected the path of a file below `also/`",
    )
}

fn directory_path(text: &str) -> Result<(), String> {
    let plain = !text.contains('\\')
        && !text.starts_with('/')
        && !text.split('/').any(|part| part.is_empty() || part == "..")
        && printable(text).is_ok();
    ensure(plain, "expected a relative path without `..`")
}

fn host_name(text: &str) -> Result<(), String> {
    subdomain(text.strip_prefix("*.").unwrap_or(text))
        .map_err(|_| "expected a host name in lower case, such as `shop.example.com`".to_string())
}

fn url(text: &str, schemes: &[&str]) -> Result<(), String> {
    let rest = schemes
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix("://"));
    let begins: Vec<_> = schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect();
    let begins: Vec<_> = begins.iter().map(String::as_str).collect();
    let rest =
        rest.ok_or_else(|| format!("expected a URL that begins with {}", one_of(&begins)))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    ensure(
        !rest.contains('@') || schemes.contains(&"ssh"),
        "credentials do not belong in a spec",
    )?;
    ensure(
        subdomain(&host.to_ascii_lowercase()).is_ok(),
        "expected a host name after `://`",
    )?;
    ensure(
        port.is_none_or(|port| port.parse::<u16>().is_ok()),
        "expected a port from 1 to 65535",
    )?;
    let allowed = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    ensure(
        text.bytes().all(allowed),
        "expected no spaces or quotes in a URL",
    )
}

fn repository(text: &str) -> Result<(), String> {
    let scp_like = text.split_once(':').is_some_and(|(host, path)| {
        host.contains('@') && !path.is_empty() && !path.starts_with("//") && printable(text).is_ok()
    });
    if scp_like || (text.starts_with("file:///") && printable(text).is_ok()) {
        return Ok(());
    }
    url(text, &["https", "http", "ssh", "oci"])
}

fn pair(text: &str, what: &str) -> Result<(), String> {
    let holds = text
        .split_once('/')
        .is_some_and(|(a, b)| subdomain(a).is_ok() && subdomain(b).is_ok());
    ensure(holds, &format!("expected {what}"))
}

fn store(text: &str) -> Result<(), String> {
    let (kind, name) = text.split_once('/').unwrap_or(("", ""));
    let known = kind == "ClusterSecretStore" || kind == "SecretStore";
    ensure(
        known && subdomain(name).is_ok(),
        "expected `ClusterSecretStore/<name>` or `SecretStore/<name>`",
    )
}

fn repository_name(text: &str) -> Result<(), String> {
    let mut parts = text.split('/');
    let host = parts.next().unwrap_or("");
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    let component = |part: &str| {
        let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        edge(part.bytes().next())
            && edge(part.bytes().last())
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    let rest: Vec<_> = parts.collect();
    let holds = subdomain(name).is_ok()
        && port.parse::<u16>().is_ok()
        && text.len() <= 255
        && rest.iter().all(|part| component(part));
    ensure(
        holds && (!rest.is_empty() || host.contains('.')),
        "expected a repository with its registry, such as `registry.example.com/shop/cart`",
    )?;
    ensure(
        host.contains('.') || host.contains(':') || host == "localhost",
        "expected the registry's host in front",
    )
}

fn version(text: &str) -> Result<(), String> {
    let first = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b));
    ensure(
        first && inner && text.len() <= 128,
        "expected a version such as `1.8.2`",
    )
}

/// Whether a version can be the tag of an image. Source: OCI distribution specification, "Pulling
/// manifests".
pub fn is_tag(version: &str) -> bool {
    !version.contains('+')
}

fn digest(text: &str) -> Result<(), String> {
    let hex = text.strip_prefix("sha256:").unwrap_or("");
    let digits = hex
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    ensure(
        hex.len() == 64 && digits,
        "expected `sha256:` and 64 hexadecimal digits in lower case",
    )
}

fn pinned_image(text: &str) -> Result<(), String> {
    let wrong = "expected `<repository>:<version>@sha256:<digest>`";
    let (tagged, sha) = text.rsplit_once('@').ok_or(wrong)?;
    let (name, tag) = tagged.rsplit_once(':').ok_or(wrong)?;
    repository_name(name)?;
    version(tag)?;
    ensure(
        is_tag(tag),
        "expected a version without `+`, which no tag may have",
    )?;
    digest(sha)
}

fn kubernetes_version(text: &str) -> Result<(), String> {
    let two = text.split_once('.').is_some_and(|(major, minor)| {
        [major, minor].iter().all(|part| {
            !part.is_empty() && part.len() < 4 && part.bytes().all(|b| b.is_ascii_digit())
        })
    });
    ensure(two, "expected major and minor, such as `1.36`")
}

fn env_name(text: &str) -> Result<(), String> {
    let first = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    ensure(
        first && inner,
        "expected the name of an environment variable, such as `LOG_LEVEL`",
    )
}

fn header_name(text: &str) -> Result<(), String> {
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    ensure(
        !text.is_empty() && inner,
        "expected the name of an HTTP header, such as `Cookie`",
    )
}

fn file_name(text: &str) -> Result<(), String> {
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let holds =
        inner && !text.is_empty() && text.len() <= 253 && text != "." && !text.starts_with("..");
    ensure(
        holds,
        "expected a file name of letters, digits, `.`, `_` and `-`",
    )
}

fn person(text: &str) -> Result<(), String> {
    printable(text)
}

fn secret_path(text: &str) -> Result<(), String> {
    printable(text)?;
    ensure(
        !text.starts_with('/') && !text.split('/').any(|part| part == ".."),
        "expected a path in the store, without `..`",
    )
}

fn group_name(text: &str) -> Result<(), String> {
    printable(text)?;
    let quotes = text.contains(['"', '\'', ',']) || text.trim() != text;
    ensure(!quotes, "expected no quotes, commas or outer spaces")
}

fn date(text: &str) -> Result<(), String> {
    Date::split(text).map(|_| ())
}

fn fixed_form(text: &str, fields: usize) -> Result<(), String> {
    let count = text.split_whitespace().count();
    ensure(
        count == fields,
        &format!("expected {fields} fields, as in `0 16 * * FRI`"),
    )?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"*/,-? #L".contains(&b);
    ensure(
        text.bytes().all(allowed),
        "expected a cron expression such as `0 16 * * FRI`",
    )
}

fn zone(text: &str) -> Result<(), String> {
    let inner = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    ensure(
        inner && !text.is_empty(),
        "expected a time zone such as `Europe/Berlin`",
    )
}

texts! {
    /// A service, component, environment, team or fleet. DNS-1035, so that it may name a Service.
    Name "a name" "cart" "^[a-z]([-a-z0-9]*[a-z0-9])?$" |text| label(text, 63);
    /// The name of a port: IANA service name, at most 15 characters.
    PortName "a port's name" "metrics" "^[a-z]([-a-z0-9]*[a-z0-9])?$" |text| label(text, 15);
    /// Any printable text on one line.
    Line "some text" "carts may be lost" "" printable;
    /// Any text.
    Text "a string" "info" "" |_| Ok(());
    /// The path of a URL.
    UrlPath "a URL path" "/health" "^/" url_path;
    /// A directory in a container.
    MountPath "a directory" "/data" "^/." mount_path;
    /// A file below `also/`.
    AlsoPath "a file below `also/`" "also/check.sh" "^also/" also_path;
    /// A relative path in a git repository.
    DirectoryPath "a path in a repository" "deploy" "" directory_path;
    /// A host name or its first labels.
    Host "a host name" "shop.example.com" "" host_name;
    /// A Kubernetes resource name.
    ObjectName "an object's name" "vault" "" subdomain;
    /// Where an API server answers: by TLS alone, as the API server has no port without.
    ServerUrl "the address of an API server" "https://kubernetes.default.svc" "^https://" |text| url(text, &["https"]);
    /// Where Prometheus answers.
    HttpUrl "a URL" "http://prometheus.monitoring:9090" "^https?://" |text| url(text, &["https", "http"]);
    /// A git or chart repository.
    Repository "a repository" "https://git.example.com/shop/deploy.git" "" repository;
    /// A branch.
    Branch "a branch" "main" "" super::git::branch;
    /// `<namespace>/<name>`.
    Namespaced "a namespace and a name" "edge/public" "^[a-z0-9.-]+/[a-z0-9.-]+$" |text| pair(text, "`<namespace>/<name>`");
    /// An External Secrets store.
    Store "a secret store" "ClusterSecretStore/vault" "^(Cluster)?SecretStore/" store;
    /// What lies outside the cluster: host or CIDR, and port.
    Endpoint "a host or CIDR with its port" "api.stripe.com:443" "" |text| Endpoint::split(text).map(|_| ());
    /// An image without version.
    ImageName "an image without its version" "registry.example.com/shop/cart" "" repository_name;
    /// An image with version and digest.
    PinnedImage "an image with version and digest" "docker.io/library/busybox:1.38.0@sha256:…" "@sha256:[0-9a-f]{64}$" pinned_image;
    /// A version or revision.
    Version "a version" "1.8.2" "" version;
    /// The digest of an image.
    Digest "a digest" "sha256:4f53…" "^sha256:[0-9a-f]{64}$" digest;
    /// Major and minor version.
    Minor "a major and minor version" "1.36" "^[0-9]+\\.[0-9]+$" kubernetes_version;
    /// An environment variable.
    EnvName "an environment variable" "LOG_LEVEL" "" env_name;
    /// An HTTP header.
    HeaderName "a header" "Cookie" "" header_name;
    /// A key of a ConfigMap or Secret.
    FileName "a file name" "tls.crt" "" file_name;
    /// A Kubernetes label key.
    LabelKey "a label key" "example.com/disk" "" qualified;
    /// A Kubernetes label value.
    LabelValue "a label value" "ssd" "" label_value;
    /// Who approves: an address or a login.
    Person "a person" "dana@example.com" "" person;
    /// A group of the identity provider.
    Group "a group" "shop:payments" "" group_name;
    /// Where a secret lies in its store.
    SecretPath "a path in the secret store" "payments/stripe" "" secret_path;
    /// A calendar day.
    Date "a date" "2027-12-01" "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" date;
    /// A cron expression with five fields.
    Cron "a cron expression" "0 16 * * FRI" "" |text| fixed_form(text, 5);
    /// An IANA time zone.
    Zone "a time zone" "Europe/Berlin" "" zone;
}

words! {
    /// How much a service matters.
    Tier "a tier" { Critical "critical", Standard "standard", Low "low" }
    /// Pod security level of a namespace.
    PodSecurity "a pod security level" { Restricted "restricted", Baseline "baseline", Privileged "privileged" }
    /// Whether Argo CD syncs by itself.
    SyncMode "a sync mode" { Auto "auto", Manual "manual" }
    /// What Argo CD does with objects that left the tree.
    Prune "a prune mode" { Auto "auto", Confirm "confirm", Never "never" }
    /// What a window does.
    WindowEffect "the effect of a window" { Deny "deny", Allow "allow" }
    /// A named rollout plan.
    Preset "a preset" { Rapid "rapid", Enterprise "enterprise" }
    /// How request metrics are named.
    Convention "a metric convention" {
        Otel "otel", Istio "istio", Linkerd "linkerd", IngressNginx "ingress-nginx", EnvoyGateway "envoy-gateway",
    }
    /// Who hosts a repository; Gitea signs as Gogs does.
    RepositoryHost "a host of repositories" {
        GitHub "github", GitLab "gitlab", Gogs "gogs", Bitbucket "bitbucket", BitbucketServer "bitbucket-server",
    }
    /// A service mesh.
    Mesh "a mesh" { Istio "istio", Linkerd "linkerd" }
    /// What a finding of a policy pack counts as.
    Level "a level" { Off "off", Warn "warn", Error "error" }
    /// What a taint does.
    TaintEffect "the effect of a taint" {
        NoSchedule "NoSchedule", PreferNoSchedule "PreferNoSchedule", NoExecute "NoExecute",
    }
}

impl Date {
    /// Year, month and day of an existing day.
    pub fn split(text: &str) -> Result<(i16, i8, i8), String> {
        let wrong = || "expected year, month and day, as in `2027-12-01`".to_string();
        let parts: Vec<_> = text.split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(wrong());
        };
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return Err(wrong());
        }
        let number = |part: &str| part.parse::<u16>().map_err(|_| wrong());
        let (year, month, day) = (number(year)?, number(month)?, number(day)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err("there is no such month".into()),
        };
        ensure((1..=days).contains(&day), "there is no such day")?;
        Ok((year as i16, month as i8, day as i8))
    }
}

impl Namespaced {
    pub fn namespace(&self) -> &str {
        self.0
            .split_once('/')
            .map_or("", |(namespace, _)| namespace)
    }

    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl Store {
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Scalar>(right: &[&str], wrong: &[&str]) {
        right
            .iter()
            .for_each(|text| assert!(T::parse(text).is_ok(), "{text}"));
        wrong
            .iter()
            .for_each(|text| assert!(T::parse(text).is_err(), "{text}"));
    }

    #[test]
    fn forms() {
        check::<Name>(&["cart", "a1-b"], &["", "1a", "a-", "A", "a.b", "ä"]);
        check::<Endpoint>(
            &["api.stripe.com:443", "10.0.0.0/8:443", "fd00::/8:53"],
            &[
                "api.stripe.com",
                "x:0",
                "x:70000",
                "10.0.0.1/8:1",
                "http://x:1",
            ],
        );
        check::<ImageName>(
            &[
                "registry.example.com/shop/cart",
                "localhost:5000/x",
                "docker.io/library/redis",
            ],
            &[
                "redis",
                "library/redis",
                "registry.example.com/shop/cart:1",
                "Registry.io/X",
            ],
        );
        check::<AlsoPath>(
            &["also/a.yaml", "also/x/y.sh"],
            &["also/../x", "/also/x", "x", "also/", "also//x"],
        );
        check::<Date>(&["2028-02-29"], &["2027-02-29", "2027-13-01", "27-01-01"]);
        check::<HttpUrl>(
            &[
                "http://prometheus.monitoring:9090",
                "https://kubernetes.default.svc",
            ],
            &[
                "prometheus:9090",
                "http://",
                "https://user:pw@host",
                "ftp://x",
                "http://a b",
            ],
        );
        check::<UrlPath>(&["/", "/a?b=c"], &["a", "/a b", "/../x", "/{{x}}"]);
    }
}
