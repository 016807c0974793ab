//! Random commands keep every invariant, do not disturb snapshots, and give the same state again.

#![cfg(not(target_family = "wasm"))] // proptest asks the machine for randomness.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "random/commands.rs"]
mod commands;

use kernel::invariants::check;
use proptest::prelude::*;

use commands::{machine, run, step};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_commands_keep_the_invariants(steps in prop::collection::vec(step(), 1..120)) {
        let mut kernel = machine();
        for step in &steps {
            run(&mut kernel, step);
            if let Err(broken) = check(&kernel) {
                prop_assert!(false, "{broken}, after {step:?}");
            }
        }
    }

    #[test]
    fn replay_gives_the_same_state_and_snapshots_stay(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut kernel = machine();
        let middle = steps.len() / 2;
        steps[..middle].iter().for_each(|step| run(&mut kernel, step));
        let snapshot = kernel.clone();
        let before = snapshot.state_hash();
        steps[middle..].iter().for_each(|step| run(&mut kernel, step));
        prop_assert_eq!(snapshot.state_hash(), before);
        let mut again = snapshot.clone();
        steps[middle..].iter().for_each(|step| run(&mut again, step));
        prop_assert_eq!(again.state_hash(), kernel.state_hash());
        let mut from_start = machine();
        steps.iter().for_each(|step| run(&mut from_start, step));
        prop_assert_eq!(from_start.state_hash(), kernel.state_hash());
    }
}
