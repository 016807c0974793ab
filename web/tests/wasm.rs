//! The page in a real browser: it mounts and shows its name.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used)]

use std::time::Duration;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_page_mounts() {
    let root = gloo::utils::document()
        .create_element("div")
        .expect("an element");
    gloo::utils::body().append_child(&root).expect("a body");
    yew::Renderer::<web::App>::with_root(root.clone()).render();
    gloo::timers::future::sleep(Duration::ZERO).await;
    let heading = root.query_selector("h1").expect("a selector");
    assert_eq!(
        heading.and_then(|h| h.text_content()).as_deref(),
        Some("mmap-lab")
    );
}
