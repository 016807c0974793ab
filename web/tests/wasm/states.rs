//! The model in a real browser: programs go through the same states as they do natively.

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../../crates/minic/examples/state_hashes.rs"]
mod state_hashes;

/// What the example printed on the machine that compiled this, a `;` for each line's end: `cargo xtask test` hands it on.
const NATIVE: Option<&str> = option_env!("NATIVE_STATE_HASHES");

#[wasm_bindgen_test]
fn states_are_those_of_the_native_build() {
    let here = state_hashes::state_hashes().map(|lines| lines.replace('\n', ";"));
    let native = NATIVE.unwrap_or("none: run `cargo xtask test --only wasm`");
    assert_eq!(here.as_deref(), Ok(native));
}
