//! What is promised beside the code: examples that the CLI accepts, a documentation page with every
//! attribute of each resource and data source, and pages that the Registry takes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use terraform_provider_rdsiam::provider::RdsIam;
use tfplugin::{testing::TestProvider, value::Type};

use crate::support::{Ability, Workspace};

/// A page has fewer bytes.
/// <https://developer.hashicorp.com/terraform/registry/providers/docs>
const LARGEST_PAGE: usize = 500_000;
const MOST_PAGES: usize = 1_000;
/// Where the Registry looks for pages, apart from `docs/index.md`.
const PAGE_FOLDERS: [&str; 7] = [
    "actions",
    "data-sources",
    "ephemeral-resources",
    "functions",
    "guides",
    "list-resources",
    "resources",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders below `examples/` that hold a configuration.
fn example_folders() -> Vec<PathBuf> {
    let mut folders = BTreeSet::new();
    let mut open = vec![root().join("examples")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the examples can be listed") {
            let path = entry.expect("the examples can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if is_configuration(&path) {
                folders.insert(folder.clone());
            }
        }
    }
    folders.into_iter().collect()
}

fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tf") || is_query(path)
}

fn is_query(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".tfquery.hcl")
}

/// What the CLI must be able to do to accept an example.
fn needed(example: &Path) -> Option<Ability> {
    if is_query(example) {
        return Some(Ability::Query);
    }
    let is_action = example
        .components()
        .any(|part| part.as_os_str() == "actions");
    is_action.then_some(Ability::Actions)
}

fn schema() -> Value {
    let workspace = Workspace::offline();
    workspace.write("provider \"rdsiam\" {}\n");
    let run = workspace.run(&["providers", "schema", "-json"]).success();
    let schemas: Value = serde_json::from_str(&run.stdout()).expect("the schema is JSON");
    schemas["provider_schemas"]
        .as_object()
        .and_then(|providers| providers.values().next())
        .cloned()
        .expect("the provider has a schema")
}

/// All files below `docs/`, as paths from there.
fn pages() -> Vec<PathBuf> {
    let docs = root().join("docs");
    let mut files = Vec::new();
    let mut open = vec![docs.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the pages can be listed") {
            let path = entry.expect("the pages can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let page = path.strip_prefix(&docs).expect("it is below");
                files.push(page.to_owned());
            }
        }
    }
    files.sort();
    files
}

fn page(path: &Path) -> String {
    let path = root().join("docs").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The front matter of a page and what follows it.
fn front_matter(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("---\n")?.split_once("\n---\n")
}

/// The keys of a front matter, in which nothing is nested.
fn keys(front_matter: &str) -> BTreeSet<&str> {
    let lines = front_matter.lines();
    let keys = lines.filter(|line| !line.starts_with(' '));
    keys.filter_map(|line| line.split_once(':').map(|(key, _)| key))
        .collect()
}

/// Where the links of a page lead that do not lead elsewhere, without what follows `#`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets
        .filter(|target| !target.contains("://"))
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty())
}

/// The names of all attributes and blocks, nested ones too.
fn names(block: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    if let Some(attributes) = block["attributes"].as_object() {
        for (name, attribute) in attributes {
            all.insert(name.clone());
            all.extend(names(&attribute["nested_type"]));
        }
    }
    if let Some(blocks) = block["block_types"].as_object() {
        for (name, nested) in blocks {
            all.insert(name.clone());
            all.extend(names(&nested["block"]));
        }
    }
    all
}

#[test]
fn examples_every_folder_is_accepted_by_validate() {
    let folders = example_folders();
    assert!(folders.len() >= 4, "{folders:?}");
    for folder in folders {
        let workspace = Workspace::offline();
        let examples: Vec<PathBuf> = fs::read_dir(&folder)
            .expect("the folder can be listed")
            .map(|entry| entry.expect("the folder can be listed").path())
            // An import block needs the resource and a server; `validate` cannot look at it alone.
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                is_configuration(path) && !name.starts_with("import")
            })
            .collect();
        let mut declares_source = false;
        for path in &examples {
            let name = path.file_name().expect("a file has a name");
            fs::copy(path, workspace.path().join(name)).expect("the example can be copied");
            let text = fs::read_to_string(path).expect("the example can be read");
            declares_source |= text.contains("required_providers");
        }
        if !declares_source {
            workspace.write_versions();
        }
        let mut needs = examples.iter().filter_map(|example| needed(example));
        if needs.any(|ability| !workspace.can(ability)) {
            // The page shows it; the CLI under test does not know the block.
            continue;
        }
        let arguments: &[&str] = match examples.iter().any(|example| is_query(example)) {
            true => &["validate", "-query"],
            false => &["validate"],
        };
        let run = workspace.run(arguments);
        assert_eq!(run.code(), 0, "{}:\n{}", folder.display(), run.text());
    }
}

#[test]
fn documentation_every_resource_and_data_source_has_its_page_with_every_attribute() {
    let schema = schema();
    let mut pages = vec![(
        root().join("docs/index.md"),
        names(&schema["provider"]["block"]),
    )];
    for (kind, folder, file) in [
        ("resource_schemas", "resources", "resource.tf"),
        ("data_source_schemas", "data-sources", "data-source.tf"),
        (
            "ephemeral_resource_schemas",
            "ephemeral-resources",
            "ephemeral-resource.tf",
        ),
    ] {
        let objects = schema[kind].as_object().expect("there are some");
        assert!(!objects.is_empty(), "{kind}");
        for (name, object) in objects {
            let short = name
                .strip_prefix("rdsiam_")
                .expect("the prefix is the provider's name");
            pages.push((
                root().join(format!("docs/{folder}/{short}.md")),
                names(&object["block"]),
            ));
            let rust = folder.replace('-', "_");
            for path in [
                format!("examples/{folder}/{name}/{file}"),
                format!("tests/integration/acceptance/{rust}/{short}.rs"),
            ] {
                assert!(root().join(&path).is_file(), "{path} is missing");
            }
        }
    }
    // Schemas that the CLI under test does not print.
    let offered = TestProvider::new(RdsIam);
    let offered = offered.schema();
    for name in offered.functions.keys() {
        pages.push((
            root().join(format!("docs/functions/{name}.md")),
            BTreeSet::new(),
        ));
        let example = format!("examples/functions/{name}/function.tf");
        assert!(root().join(&example).is_file(), "{example} is missing");
    }
    for (folder, file, schemas) in [
        (
            "list-resources",
            "list-resource.tfquery.hcl",
            &offered.list_resources,
        ),
        ("actions", "action.tf", &offered.actions),
    ] {
        for (name, schema) in schemas {
            let short = name.strip_prefix("rdsiam_").unwrap_or(name);
            let Type::Object(attributes) = schema.r#type() else {
                panic!("{name} has no attributes");
            };
            pages.push((
                root().join(format!("docs/{folder}/{short}.md")),
                attributes.into_keys().collect(),
            ));
            let rust = folder.replace('-', "_");
            for path in [
                format!("examples/{folder}/{name}/{file}"),
                format!("tests/integration/acceptance/{rust}/{short}.rs"),
            ] {
                assert!(root().join(&path).is_file(), "{path} is missing");
            }
        }
    }
    for (page, names) in pages {
        let text =
            fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for name in names {
            assert!(
                text.contains(&format!("`{name}`")),
                "{} does not mention `{name}`",
                page.display()
            );
        }
    }
}

#[test]
fn documentation_guide_on_change_data_capture_has_the_example() {
    let example = root().join("examples/cdc/main.tf");
    let example = fs::read_to_string(example).expect("the example can be read");
    let guide = page(Path::new("guides/change-data-capture.md"));
    assert!(guide.contains(&format!("```terraform\n{example}```\n")));
}

/// What `tfplugindocs validate` and the Registry demand of the front matter; a guide's `subcategory` they
/// allow, and the Registry then shows a group of its own beside the guides.
#[test]
fn documentation_every_page_is_one_that_the_registry_takes() {
    let pages = pages();
    assert!(pages.len() < MOST_PAGES, "{}", pages.len());
    for path in &pages {
        let name = path.display();
        let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
        let is_index = path == Path::new("index.md");
        assert!(
            is_index || PAGE_FOLDERS.contains(&folder),
            "{name} is where the Registry does not look"
        );
        let extension = path.extension().unwrap_or_default();
        assert_eq!(extension, "md", "{name}");
        let text = page(path);
        assert!(text.len() < LARGEST_PAGE, "{name}: {}", text.len());

        let (head, _) =
            front_matter(&text).unwrap_or_else(|| panic!("{name} begins with no front matter"));
        let keys = keys(head);
        for required in ["page_title", "description"] {
            assert!(keys.contains(required), "{name} has no {required}");
        }
        let allowed: &[&str] = match is_index || folder == "guides" {
            true => &["page_title", "description"],
            false => &["page_title", "description", "subcategory"],
        };
        for key in keys {
            assert!(allowed.contains(&key), "{name} has {key}");
        }
    }
}

#[test]
fn documentation_every_link_leads_to_a_page_and_the_index_to_every_guide() {
    let index = page(Path::new("index.md"));
    let from_index: BTreeSet<&str> = links(&index).collect();
    for path in pages() {
        let text = page(&path);
        let folder = root().join("docs").join(&path);
        let folder = folder.parent().expect("a page is in a folder");
        for target in links(&text) {
            let exists = folder.join(target).is_file();
            assert!(exists, "{} leads to {target}", path.display());
        }
        if path.starts_with("guides") {
            let path = path.to_str().expect("the name is UTF-8");
            assert!(
                from_index.contains(path),
                "index.md does not lead to {path}"
            );
        }
    }
}
