//! The bill of materials, in CycloneDX. <https://cyclonedx.org/docs/1.6/json/>

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    NAME,
    dependencies::{Dependency, Id},
};

/// Lists what is in the binaries, with checksums and licences. A package that is not in all of them names the
/// platforms. There is no serial number: the same commit gives the same text.
pub fn sbom(time: Timestamp, found: &BTreeMap<Id, Dependency>) -> String {
    let is_provider = |dependency: &&Dependency| dependency.name == NAME;
    let all = found.values().find(is_provider);
    let everywhere = all.map_or(0, |provider| provider.platforms.len());
    let components: Vec<Value> = found
        .values()
        .filter(|dependency| !is_provider(dependency))
        .map(|dependency| component("library", dependency, everywhere))
        .collect();
    let dependencies: Vec<Value> = found
        .values()
        .map(|dependency| {
            let uses: Vec<String> = dependency.uses.iter().map(purl).collect();
            json!({"ref": purl_of(dependency), "dependsOn": uses})
        })
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.to_string(),
            "component": all.map(|provider| component("application", provider, everywhere)),
            "properties": [{"name": "cdx:reproducible", "value": "true"}],
        },
        "components": components,
        "dependencies": dependencies,
    });
    format!("{document:#}\n")
}

fn component(kind: &str, dependency: &Dependency, everywhere: usize) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": purl_of(dependency),
        "name": dependency.name,
        "version": dependency.version,
        "purl": purl_of(dependency),
    });
    if let Some(license) = &dependency.license {
        component["licenses"] = json!([{"expression": license}]);
    }
    if let Some(checksum) = &dependency.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(repository) = &dependency.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    if dependency.platforms.len() < everywhere {
        let platforms = dependency.platforms.iter();
        component["properties"] = platforms
            .map(|platform| json!({"name": "rdsiam:platform", "value": platform}))
            .collect();
    }
    component
}

/// <https://github.com/package-url/purl-spec/blob/main/types-doc/cargo-definition.md>
fn purl((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{version}")
}

fn purl_of(dependency: &Dependency) -> String {
    purl(&(dependency.name.clone(), dependency.version.clone()))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use jiff::Timestamp;
    use serde_json::Value;

    use super::sbom;
    use crate::{
        dependencies, notices,
        project::{self, Project},
    };

    #[test]
    fn sbom_of_the_provider_has_what_is_linked_with_checksums_and_licences_and_nothing_else() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let project = Project {
            root: root.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: root.join("target"),
            time: Timestamp::UNIX_EPOCH,
        };
        let host = project::host(root).expect("the compiler says so");
        let found =
            dependencies::read(&project, std::slice::from_ref(&host)).expect("cargo says so");
        let text = sbom(project.time, &found);
        let sbom: Value = serde_json::from_str(&text).expect("it is JSON");
        let components = sbom["components"].as_array().expect("there are some");
        let names: BTreeSet<&str> = components
            .iter()
            .filter_map(|one| one["name"].as_str())
            .collect();
        for linked in [
            "aws-lc-sys",
            "aws-sdk-rds",
            "rustls",
            "tfplugin",
            "tokio-postgres",
        ] {
            assert!(names.contains(linked), "{linked}: {names:?}");
        }
        for other in [
            "rds-emulator",
            "rstest",
            "serde_derive",
            "tfplugin-derive",
            "cc",
        ] {
            assert!(!names.contains(other), "{other}");
        }
        let main = &sbom["metadata"]["component"];
        assert_eq!(main["name"], "terraform-provider-rdsiam");
        let mut known: BTreeSet<Option<&str>> = components
            .iter()
            .map(|one| one["bom-ref"].as_str())
            .collect();
        known.insert(main["bom-ref"].as_str());
        for component in components {
            let hash = component["hashes"][0]["content"]
                .as_str()
                .unwrap_or_default();
            assert!(
                hash.len() == 64 || component["name"] == "tfplugin",
                "{component}"
            );
            assert!(
                component["licenses"][0]["expression"].is_string(),
                "{component}"
            );
        }
        for used in sbom["dependencies"].as_array().expect("there are some") {
            let mut uses = used["dependsOn"].as_array().expect("it is a list").iter();
            assert!(
                known.contains(&used["ref"].as_str())
                    && uses.all(|one| known.contains(&one.as_str())),
                "{used}"
            );
        }

        let notices = notices::notices(&host, &found).expect("the files can be read");
        assert!(notices.contains("  aws-lc-sys "), "no aws-lc-sys");
        assert!(
            notices.contains("Redistribution and use in source and binary forms"),
            "no BSD"
        );
    }
}
