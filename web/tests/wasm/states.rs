//! The model in a real browser: programs and random commands lead to the same states as they do natively.

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../../crates/kernel/examples/random_states.rs"]
mod random_states;
#[path = "../../../crates/minic/examples/state_hashes.rs"]
mod state_hashes;

/// What the examples printed on the machine that compiled this, a `;` for each line's end: `cargo xtask test` hands it on.
const PROGRAMS: Option<&str> = option_env!("NATIVE_STATE_HASHES");
const COMMANDS: Option<&str> = option_env!("NATIVE_RANDOM_STATES");

fn compare(here: Result<String, String>, native: Option<&str>) {
    let here = here.map(|lines| lines.replace('\n', ";"));
    let native = native.unwrap_or("none: run `cargo xtask test --only wasm`");
    assert_eq!(here.as_deref(), Ok(native));
}

#[wasm_bindgen_test]
fn states_of_programs_are_those_of_the_native_build() {
    compare(state_hashes::state_hashes(), PROGRAMS);
}

#[wasm_bindgen_test]
fn states_after_random_commands_are_those_of_the_native_build() {
    compare(random_states::random_states(), COMMANDS);
}
