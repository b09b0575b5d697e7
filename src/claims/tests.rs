//! Two objects that stand for one target, in one process and in one plan.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;

const TARGET: &str = "eu-central-1/cluster-parameter-group/orders";

fn scope() -> Scope {
    Scope::new(&CancellationToken::new(), Duration::from_secs(10))
}

async fn created(claims: &Claims) -> Private {
    let mut private = Private::default();
    let claim = claims.claim(&scope(), TARGET).await.unwrap();
    claim.keep(&mut private);
    private
}

async fn may_delete(claims: &Claims, private: &Private) -> bool {
    let deletion = claims.release(&scope(), TARGET, private).await.unwrap();
    matches!(deletion, Deletion::Allowed(_))
}

#[tokio::test]
async fn claim_of_a_target_that_another_object_has_is_refused() {
    let claims = Claims::default();
    let private = created(&claims).await;
    let second = claims.claim(&scope(), TARGET).await;
    assert_eq!(second.err(), Some(NotClaimed::Taken));
    assert!(claims.claim(&scope(), "another").await.is_ok());
    let again = claims.claim_again(&scope(), TARGET, &private).await;
    assert!(again.is_ok());
    drop(again);
    let other = claims
        .claim_again(&scope(), TARGET, &Private::default())
        .await;
    assert_eq!(other.err(), Some(NotClaimed::Taken));
}

#[tokio::test]
async fn claim_of_a_create_that_failed_is_given_up() {
    let claims = Claims::default();
    drop(claims.claim(&scope(), TARGET).await.unwrap());
    assert!(claims.claim(&scope(), TARGET).await.is_ok());
    assert!(may_delete(&claims, &Private::default()).await);
}

#[tokio::test]
async fn delete_of_what_another_object_claimed_is_not_allowed() {
    let of_before = created(&Claims::default()).await;
    let claims = Claims::default();
    assert!(may_delete(&claims, &of_before).await);
    let private = created(&claims).await;
    assert!(!may_delete(&claims, &of_before).await);
    assert!(!may_delete(&claims, &Private::default()).await);
    assert!(may_delete(&claims, &private).await);
}

#[tokio::test]
async fn delete_of_what_a_create_found_there_is_not_allowed() {
    let claims = Claims::default();
    claims.claim(&scope(), TARGET).await.unwrap().found();
    let deleted = claims.release(&scope(), TARGET, &Private::default()).await;
    assert!(matches!(deleted, Err(NotClaimed::Wanted)));
    assert!(claims.claim(&scope(), TARGET).await.is_ok());
}

#[tokio::test]
async fn create_after_a_delete_in_one_process_claims_anew() {
    let claims = Claims::default();
    let first = created(&claims).await;
    match claims.release(&scope(), TARGET, &first).await.unwrap() {
        Deletion::Allowed(release) => release.done(),
        Deletion::OfAnother => panic!("it is this one's"),
    }
    let second = created(&claims).await;
    assert_ne!(first, second);
}

#[tokio::test]
async fn replacement_that_inherits_private_data_claims_with_a_number_of_its_own() {
    let claims = Claims::default();
    let old = created(&Claims::default()).await;
    let mut inherited = old.clone();
    let claim = claims.claim(&scope(), TARGET).await.unwrap();
    claim.keep(&mut inherited);
    assert!(!may_delete(&claims, &old).await);
    assert!(may_delete(&claims, &inherited).await);
}

#[tokio::test]
async fn delete_waits_for_a_create_that_is_under_way() {
    let claims = Claims::default();
    let claim = claims.claim(&scope(), TARGET).await.unwrap();
    let mut private = Private::default();
    let nothing = Private::default();
    let limits = scope();
    let delete = claims.release(&limits, TARGET, &nothing);
    tokio::pin!(delete);
    assert!(futures::poll!(&mut delete).is_pending());
    claim.keep(&mut private);
    assert!(matches!(delete.await, Ok(Deletion::OfAnother)));
}

#[tokio::test]
async fn wait_for_another_operation_can_be_cancelled() {
    let claims = Claims::default();
    let _claim = claims.claim(&scope(), TARGET).await.unwrap();
    let cancellation = CancellationToken::new();
    cancellation.cancel();
    let limits = Scope::new(&cancellation, Duration::from_secs(10));
    let second = claims.claim(&limits, TARGET).await;
    assert_eq!(second.err(), Some(NotClaimed::Ended));
}

#[tokio::test]
async fn plan_that_destroys_what_was_created_meanwhile_leaves_the_warning_to_the_delete() {
    let claims = Claims::default();
    assert!(!claims.plan_create(TARGET));
    let claim = claims.claim(&scope(), TARGET).await.unwrap();
    assert!(!claims.plan_destroy(TARGET, &Private::default()).unwrap());
    claim.keep(&mut Private::default());
    assert!(!claims.plan_destroy(TARGET, &Private::default()).unwrap());
}

#[test]
fn plan_that_creates_and_destroys_one_target_is_told_by_the_second() {
    let claims = Claims::default();
    assert!(!claims.plan_create("a"));
    let again = claims.plan_creation("a");
    assert!(again.created && !again.destroyed);
    assert!(claims.plan_destroy("a", &Private::default()).unwrap());
    assert!(!claims.plan_destroy("b", &Private::default()).unwrap());
    assert!(claims.plan_create("b"));
}

#[test]
fn plan_that_destroys_what_stays_at_another_address_is_told_by_the_second() {
    let number = |_| {
        let mut private = Private::default();
        number(&mut private);
        private
    };
    let [one, other] = [1, 2].map(number);
    let both = Contradiction::DestroyedAndKept;
    let claims = Claims::default();
    assert_eq!(claims.plan_keep("a", &one), Ok(()));
    assert_eq!(claims.plan_keep("a", &one), Ok(()));
    assert_eq!(claims.plan_destroy("a", &other), Err(both));
    assert_eq!(claims.plan_keep("a", &one), Err(both));
    assert_eq!(claims.plan_destroy("b", &other), Ok(false));
    assert_eq!(claims.plan_keep("b", &one), Err(both));
    // The same object, and one of which nothing is known.
    assert_eq!(claims.plan_keep("c", &one), Ok(()));
    assert_eq!(claims.plan_destroy("c", &one), Ok(false));
    assert_eq!(claims.plan_keep("d", &Private::default()), Ok(()));
    assert_eq!(claims.plan_destroy("d", &one), Ok(false));
    assert_eq!(claims.plan_keep("e", &one), Ok(()));
    assert_eq!(claims.plan_keep("e", &other), Err(Contradiction::KeptTwice));
}

#[tokio::test]
async fn delete_of_what_stays_at_another_address_is_not_allowed() {
    let (claims, of_before) = (Claims::default(), Claims::default());
    let (kept, destroyed) = (created(&of_before).await, created(&Claims::default()).await);
    assert_eq!(claims.plan_keep(TARGET, &kept), Ok(()));
    assert!(!may_delete(&claims, &destroyed).await);
    assert!(may_delete(&claims, &kept).await);
}

#[tokio::test]
async fn plan_that_destroys_what_a_create_found_is_a_warning() {
    let (claims, earlier) = (Claims::default(), Claims::default());
    let destroyed = created(&Claims::default()).await;
    let mut kept = Private::default();
    let claim = earlier.claim(&scope(), TARGET).await.unwrap();
    claim.keep_found(&mut kept);
    let found = Contradiction::DestroyedAndFound;
    assert_eq!(claims.plan_destroy(TARGET, &destroyed), Ok(false));
    assert_eq!(claims.plan_keep(TARGET, &kept), Err(found));
    assert_eq!(claims.plan_keep("b", &kept), Ok(()));
    assert_eq!(claims.plan_destroy("b", &destroyed), Err(found));
    let diagnostic = found.diagnostic("role");
    assert_eq!(diagnostic.severity, tfplugin::Severity::Warning);
}
