//! What is deliberately absent: the sentences of ARCHITECTURE.md under that heading, as imports that
//! must not be.

use super::{
    Finding,
    rust::{self, RustPath},
    tree::Tree,
};

/// One sentence.
struct Absence {
    rule: &'static str,
    /// The files it is about: those below one of these paths,
    within: &'static [&'static str],
    /// and below none of these.
    except: &'static [&'static str],
    /// What they must not name: the first names of a path. The last one may end with `*`.
    names: &'static [&'static str],
}

const THIS: &str = "xtask/src/tidy/absent.rs";

/// The SDK; `aws_lc_rs` is cryptography, and `aws_smithy_types` has the times that tokens end at.
const AWS: &[&str] = &[
    "aws_config",
    "aws_credential_types",
    "aws_sdk_*",
    "aws_sigv4",
    "aws_smithy_async",
    "aws_smithy_http_client",
    "aws_smithy_runtime_api",
    "aws_types",
];
const SQL: &[&str] = &["tokio_postgres", "postgres_protocol", "postgres_types"];

const ABSENCES: &[Absence] = &[
    Absence {
        rule: "src/postgres does not know src/aws",
        within: &["src/postgres/"],
        except: &[],
        names: &["crate::aws"],
    },
    Absence {
        rule: "src/aws does not know src/postgres",
        within: &["src/aws/"],
        except: &[],
        names: &["crate::postgres"],
    },
    Absence {
        rule: "src/postgres and src/aws do not know Terraform's types",
        within: &["src/postgres/", "src/aws/"],
        except: &[],
        names: &["tfplugin"],
    },
    Absence {
        rule: "crates/tfplugin does not know AWS",
        within: &["crates/tfplugin/"],
        except: &[],
        names: AWS,
    },
    Absence {
        rule: "crates/tfplugin does not know SQL",
        within: &["crates/tfplugin/"],
        except: &[],
        names: SQL,
    },
    Absence {
        rule: "the generated protocol code is private to the layers at the wire",
        within: &["crates/tfplugin/src/"],
        except: &[
            "crates/tfplugin/src/from_proto/",
            "crates/tfplugin/src/plugin/",
            "crates/tfplugin/src/proto/",
            "crates/tfplugin/src/rpc/",
            "crates/tfplugin/src/to_proto/",
        ],
        names: &["crate::proto", "super::proto", "prost*"],
    },
    Absence {
        rule: "the generated protocol code is private to crates/tfplugin",
        within: &["src/", "xtask/", "crates/stage/", "crates/rds-emulator/"],
        except: &[],
        names: &["tfplugin::proto", "prost*"],
    },
    Absence {
        rule: "the provider's side of the protocol does not know Terraform's",
        within: &["src/", "crates/tfplugin/src/"],
        except: &[],
        names: &["terraform_client"],
    },
    Absence {
        rule: "Terraform's side of the protocol does not know the provider's",
        within: &["crates/terraform-client/"],
        except: &[],
        names: &["terraform_provider_rdsiam", "tfplugin"],
    },
    Absence {
        rule: "the provider does not know the stand-in",
        within: &["src/", "crates/tfplugin/"],
        except: &[],
        names: &["rds_emulator"],
    },
    Absence {
        rule: "the stand-in does not know the provider",
        within: &["crates/rds-emulator/"],
        except: &[],
        names: &["terraform_provider_rdsiam", "tfplugin"],
    },
    Absence {
        rule: "only src/aws knows the SDK of AWS",
        within: &["src/"],
        except: &["src/aws/"],
        names: AWS,
    },
    Absence {
        rule: "a resource holds no connection: only src/postgres knows the driver",
        within: &["src/"],
        except: &["src/postgres/"],
        names: SQL,
    },
    Absence {
        rule: "nothing but the handshake line goes to standard output",
        within: &["src/", "crates/tfplugin/src/"],
        except: &[
            "crates/tfplugin/src/plugin/handshake.rs",
            // Without Terraform: the line that `--debug` prints for a person.
            "crates/tfplugin/src/serve.rs",
        ],
        names: &["io::stdout", "std::io::stdout", "tokio::io::stdout"],
    },
];

/// A rule about a folder that is no longer there would never fail.
pub fn check_rules(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for absence in ABSENCES {
        let paths = absence.within.iter().chain(absence.except);
        for path in paths.filter(|path| !tree.has(path)) {
            let message = format!("there is no {path}, which it is about");
            findings.push(Finding::new(THIS, 1, absence.rule, message));
        }
    }
    findings
}

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let starts = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
        let rules: Vec<&Absence> = ABSENCES
            .iter()
            .filter(|absence| starts(absence.within) && !starts(absence.except))
            .collect();
        if rules.is_empty() {
            continue;
        }
        for path in rust::paths(&rust::without_comments_and_texts(&file.text)) {
            let broken = rules
                .iter()
                .filter(|absence| absence.names.iter().any(|name| is_named(&path, name)));
            for absence in broken {
                let message = format!("`{}`", path.names.join("::"));
                findings.push(Finding::new(&file.path, path.line, absence.rule, message));
            }
        }
    }
    findings
}

fn is_named(path: &RustPath, pattern: &str) -> bool {
    let mut names = path.names.iter();
    pattern.split("::").all(|wanted| {
        names
            .next()
            .is_some_and(|name| match wanted.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == wanted,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, ABSENCES, check, check_rules};

    fn rules(path: &str, code: &str) -> Vec<&'static str> {
        let findings = check(&Tree::of(&[(path, code)]));
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn each_absence_is_found_in_each_of_its_folders_and_in_no_exception() {
        for absence in ABSENCES {
            for name in absence.names {
                let code = format!("use {}::Any;\n", name.replace('*', "any"));
                for folder in absence.within {
                    let found = rules(&format!("{folder}any.rs"), &code);
                    assert!(found.contains(&absence.rule), "{folder} {name}");
                }
                for exception in absence.except {
                    let path = match exception.ends_with('/') {
                        true => format!("{exception}any.rs"),
                        false => (*exception).to_owned(),
                    };
                    assert!(
                        !rules(&path, &code).contains(&absence.rule),
                        "{path} {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn path_without_an_import_is_found_and_a_comment_is_not() {
        let code = "/// Like `crate::aws::Error`.\nfn f() -> crate::aws::Error {}\n";
        let findings = check(&Tree::of(&[("src/postgres/a.rs", code)]));
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2]);
    }

    #[test]
    fn rule_about_a_folder_that_is_not_there_is_found() {
        let paths = ABSENCES
            .iter()
            .flat_map(|absence| absence.within.iter().chain(absence.except));
        let mut files: Vec<(&str, &str)> = paths.map(|path| (*path, "")).collect();
        assert!(check_rules(&Tree::of(&files)).is_empty());
        files.retain(|(path, _)| !path.starts_with("src/aws/"));
        assert!(!check_rules(&Tree::of(&files)).is_empty());
    }

    #[test]
    fn name_that_only_begins_alike_is_another() {
        assert!(rules("src/postgres/a.rs", "use crate::aws_like::Error;\n").is_empty());
    }
}
