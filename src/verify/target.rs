//! What an object is checked for: the versions of the controllers that will read it.

/// A minor version of Argo Rollouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RolloutsVersion {
    V1_8,
    V1_9,
    #[default]
    V1_10,
}

impl RolloutsVersion {
    /// The version of a text such as `1.9`; none where it is not supported.
    pub fn parse(text: &str) -> Option<RolloutsVersion> {
        match text {
            "1.8" => Some(RolloutsVersion::V1_8),
            "1.9" => Some(RolloutsVersion::V1_9),
            "1.10" => Some(RolloutsVersion::V1_10),
            _ => None,
        }
    }

    /// As it is written, such as `1.9`.
    pub fn text(self) -> &'static str {
        match self {
            RolloutsVersion::V1_8 => "1.8",
            RolloutsVersion::V1_9 => "1.9",
            RolloutsVersion::V1_10 => "1.10",
        }
    }
}

/// Where an object will run. The default is the newest version of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub rollouts: RolloutsVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_and_read_as_written() {
        let all = [
            RolloutsVersion::V1_8,
            RolloutsVersion::V1_9,
            RolloutsVersion::V1_10,
        ];
        assert!(all.is_sorted());
        for version in all {
            assert_eq!(RolloutsVersion::parse(version.text()), Some(version));
        }
        assert_eq!(RolloutsVersion::parse("1.11"), None);
        assert_eq!(Target::default().rollouts, RolloutsVersion::V1_10);
    }
}
