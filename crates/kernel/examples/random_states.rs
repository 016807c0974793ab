//! Prints the states that random commands lead to, as numbers: `web/tests/wasm/states.rs` compares them with those of the browser.

use kernel::invariants;
use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[path = "../tests/random/commands.rs"]
mod commands;

/// Seeds of the generator, from 0 on.
const SEEDS: u8 = 24;
/// Commands of each seed.
const COMMANDS: usize = 150;

/// A line a seed: the seed, and a number made of the states after each of its commands.
///
/// # Errors
/// The invariant that a command broke.
pub fn random_states() -> Result<String, String> {
    let mut lines = String::new();
    for seed in 0..SEEDS {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let steps = vec(commands::step(), COMMANDS).new_tree(&mut runner);
        let steps = steps.map_err(|why| why.to_string())?.current();
        let mut kernel = commands::machine();
        let mut states = kernel.state_hash();
        for step in &steps {
            commands::run(&mut kernel, step);
            states = states.rotate_left(1) ^ kernel.state_hash();
            invariants::check(&kernel).map_err(|broken| format!("{broken}, after {step:?}"))?;
        }
        lines += &format!("{seed} {states:016x}\n");
    }
    Ok(lines)
}

#[allow(dead_code)]
fn main() -> Result<(), String> {
    print!("{}", random_states()?);
    Ok(())
}
