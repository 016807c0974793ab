//! The page and its components in a real browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic)]

use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

#[path = "wasm/console.rs"]
mod console;
#[path = "wasm/editor.rs"]
mod editor;
#[path = "wasm/stage.rs"]
mod stage;
#[path = "wasm/states.rs"]
mod states;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_page_mounts() {
    let root = mounted(|root| {
        yew::Renderer::<web::App>::with_root(root).render();
    })
    .await;
    assert_eq!(text(&root, "h1"), "mmap-lab");
    assert_eq!(all(&root, "#drawing [role=grid]").len(), 5);
}

/// A new element in the document, with what `render` puts into it.
async fn mounted(render: impl FnOnce(Element)) -> Element {
    let document = gloo::utils::document();
    let root = document.create_element("div").expect("an element");
    gloo::utils::body().append_child(&root).expect("a body");
    render(root.clone());
    turn().await;
    root
}

/// Lets Yew have its turn.
async fn turn() {
    gloo::timers::future::sleep(Duration::from_millis(20)).await;
}

/// The elements that a selector finds.
fn all(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let list = root.query_selector_all(selector).expect("a selector");
    let nodes = (0..list.length()).filter_map(|at| list.item(at));
    nodes.map(|node| node.unchecked_into()).collect()
}

/// The first element that a selector finds.
fn one(root: &Element, selector: &str) -> HtmlElement {
    let found = all(root, selector).into_iter().next();
    found.unwrap_or_else(|| panic!("no {selector} in {}", root.inner_html()))
}

/// The text of the first element that a selector finds.
fn text(root: &Element, selector: &str) -> String {
    one(root, selector).text_content().unwrap_or_default()
}

/// Presses a key on an element.
async fn press(element: &HtmlElement, key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
    element
        .dispatch_event(&event.expect("an event"))
        .expect("a listener");
    turn().await;
}

/// Types a text into a field.
async fn enter(element: &HtmlElement, text: &str) {
    let field: web_sys::HtmlInputElement = element.clone().unchecked_into();
    field.set_value(text);
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &init).expect("an event");
    field.dispatch_event(&event).expect("a listener");
    turn().await;
}
