//! The rows of what can go wrong between the provider and AWS. What is in capitals is in the error what it stands for.

use super::FailedCall;
use crate::diagnostics::row::{Phase::Aws, Row, row};

impl FailedCall {
    /// Its row of the table.
    pub(in crate::diagnostics) fn row(self) -> Row {
        let row = |said, given, cause, step| row(Aws, said, given, cause, step);
        match self {
            Self::NoRegion => row(
                "`no AWS Region is configured`",
                "",
                "Neither the provider block nor the environment nor the profile names a Region.",
                "Set the provider's `region`, AWS_REGION, or the profile's region.",
            ),
            Self::NotUsable => row(
                "`the configuration cannot be used`",
                "",
                "A setting for AWS, of the provider block, the environment or the profile, is not what it has to be.",
                "Correct the setting that the message names.",
            ),
            Self::NoCredentials => row(
                "`no usable AWS credentials`",
                "",
                "There are no credentials where they are looked for, or they could not be fetched from there.",
                "Check the credentials: the provider's arguments, the environment, the profile; temporary ones may have expired.",
            ),
            Self::ProcessFailed => row(
                "`the credential_process of the profile .. failed`, `.. could not be run`",
                "",
                "The program that the profile gets its credentials from gave none; what it wrote to standard error is shown.",
                "Run it by hand, as the user and in the environment that Terraform runs with: a session may have to be signed in \
                 to again.",
            ),
            Self::ProcessUnreadable => row(
                "`the credential_process of the profile .. printed nothing that can be read as credentials`",
                "",
                "The program ended well, and its standard output is not what the AWS SDKs read.",
                "Have it print one JSON object and nothing else, with `Version` 1, `AccessKeyId`, `SecretAccessKey` and, of \
                 temporary credentials, `SessionToken` and `Expiration`.",
            ),
            Self::ProcessHung => row(
                "`the credential_process of the profile .. gave none`",
                "",
                "The program did not end in a minute, or in the time of the operation, and was ended.",
                "Run it by hand: it may wait for an input, which it cannot get here, or for a network.",
            ),
            Self::CredentialsRefused => row(
                "`InvalidClientTokenId`, `SignatureDoesNotMatch`, `ExpiredToken` or alike",
                "",
                "AWS does not accept the credentials.",
                "Check the credentials: the provider's arguments, the environment, the profile; temporary ones may have expired.",
            ),
            Self::ClockOff => row(
                "`this machine's clock is .. minutes ahead of that of AWS`, or `behind`",
                "",
                "What is signed carries its time, and AWS takes five minutes of difference at most.",
                "Set the clock of this machine, by NTP for instance.",
            ),
            Self::RoleDenied => row(
                "`sts:AssumeRole on .. AccessDenied`",
                "",
                "The role is not there, does not trust the caller, or the caller may not assume it.",
                "Check that the role exists, that its trust policy names the caller (and the `external_id`, if it demands one, and \
                 `source_identity` and `tags`, if they are set), and that the caller's own policy allows sts:AssumeRole on it.",
            ),
            Self::WebIdentityDenied => row(
                "`sts:AssumeRoleWithWebIdentity on .. AccessDenied`",
                "",
                "The role is not there, or does not trust whom the token names.",
                "Check that the role exists, and that its trust policy names the identity provider with the audience and the \
                 subject of the token.",
            ),
            Self::WebIdentityExpired => row(
                "`sts:AssumeRoleWithWebIdentity on .. ExpiredTokenException`",
                "",
                "The web identity token has expired.",
                "Fetch a new one; a `web_identity_token_file` is read again for each session.",
            ),
            Self::WebIdentityRejected => row(
                "`InvalidIdentityToken`, `IDPRejectedClaim`, `IDPCommunicationError`",
                "",
                "AWS does not accept the web identity token, or cannot ask its issuer.",
                "Check the web identity token, and the identity provider in IAM whose issuer it names.",
            ),
            Self::RoleArgument => row(
                "`sts:AssumeRole.. on .. ValidationError`",
                "",
                "The session is not possible as it is configured.",
                "Check the arguments of the block. `duration` can be no longer than the role's maximum session duration, and an \
                 hour where a role is assumed with the credentials of another.",
            ),
            Self::RolePolicy => row(
                "`MalformedPolicyDocument`, `PackedPolicyTooLarge`",
                "",
                "The policy or the tags of the session are malformed or too large.",
                "Check `policy`, `policy_arns` and `tags`.",
            ),
            Self::RoleOther => row(
                "`sts:AssumeRole.. on ..` otherwise",
                "",
                "The role could not be assumed, and the message says why.",
                "Check the credentials that the role is assumed with, and the provider's `assume_role` blocks.",
            ),
            Self::AccountNotAllowed => row(
                "`.. and only .. may be worked in`",
                "`allowed_account_ids`",
                "The credentials are those of another account, and nothing else was asked of AWS.",
                "Use the credentials, the profile or the role of another account, or change `allowed_account_ids` in the provider \
                 block.",
            ),
            Self::AccountForbidden => row(
                "`.. which must not be worked in`",
                "`forbidden_account_ids`",
                "The credentials are those of a forbidden account, and nothing else was asked of AWS.",
                "Use the credentials, the profile or the role of another account, or change `forbidden_account_ids` in the \
                 provider block.",
            ),
            Self::IdentityDenied => row(
                "`sts:GetCallerIdentity on ..: AccessDenied`",
                "`allowed_account_ids` or `forbidden_account_ids`",
                "`allowed_account_ids` or `forbidden_account_ids` is set in the provider block, and nothing is done before the \
                 account of the credentials is known. sts:GetCallerIdentity needs no permission, so a policy denies it: of the \
                 caller, of a session, of the organization or of a VPC endpoint.",
                "Allow it there, or remove the argument.",
            ),
            Self::Denied => row(
                "`ACTION on ..: AccessDenied`",
                "",
                "No policy allows the caller that action, or one denies it.",
                "Allow the caller ACTION on that object, in its IAM policy.",
            ),
            Self::KeyDenied => row(
                "`secretsmanager:GetSecretValue on ..`: `DecryptionFailure`, or `AccessDeniedException` with a word of KMS",
                "",
                "AWS Secrets Manager lets the caller read the secret, and the KMS key of the secret does not.",
                "Allow the caller kms:Decrypt on that key in its IAM policy, and in the key's policy if the key or the secret is \
                 another account's; and check that the key is enabled.",
            ),
            Self::NoSecret => row(
                "`secretsmanager:GetSecretValue on ..: ResourceNotFoundException`",
                "",
                "A secret is looked for in the Region of its ARN; one that is scheduled for deletion, or that has no value yet, is \
                 not found either.",
                "Check `secret_arn`.",
            ),
            Self::UnusableSecret => row(
                "`the secret cannot be used`: it is binary, not a JSON object, or its `username` or `password` is missing, empty \
                 or not a string",
                "",
                "The secret was read, and has no login in the form that RDS uses.",
                "A secret with a login is a JSON object with the strings `username` and `password`; what else is in it does not \
                 matter.",
            ),
            Self::InCluster => row(
                "`the DB instance belongs to the DB cluster ..`",
                "`db_instance_identifier`",
                "A cluster's parameters, endpoint and IAM authentication are its own and not those of its instances.",
                "Name the cluster: `cluster_identifier = \"CLUSTER\"`.",
            ),
            Self::Throttled => row(
                "`Throttling`, `ThrottlingException`, `RequestLimitExceeded` or alike",
                "",
                "AWS takes no more calls from this account and Region for now, whoever makes them; it was tried again up to the \
                 provider's `max_retries`.",
                "Try again when less is going on, or with a lower `-parallelism`.",
            ),
            Self::Unreached => row(
                "`AWS could not be reached`, with the endpoint, and how often and how long it was tried",
                "",
                "The name of the endpoint has no address, nobody answers there, or what answers is not accepted, such as its \
                 certificate.",
                "Check the network, the proxy and the provider's `endpoints`.",
            ),
            Self::TimedOut => row(
                "`timed out`",
                "",
                "The time of the operation was up; the last failure is shown where there was one.",
                "Try again, or set a longer time in the resource's `timeouts` block.",
            ),
            Self::Interrupted => row(
                "`interrupted`",
                "",
                "The run was interrupted.",
                "The next plan shows what is left to do.",
            ),
            Self::Other => row(
                "anything else",
                "",
                "The message of AWS says the cause.",
                "The request id in it is what AWS support asks for.",
            ),
        }
    }
}
