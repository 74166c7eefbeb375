"use strict";
// The page is complete without this; it adds the filter.
(function () {
  const search = document.getElementById("search");
  const department = document.getElementById("department");
  const same = document.getElementById("same");
  const count = document.getElementById("count");
  const products = Array.from(document.querySelectorAll(".product"));

  const words = new Map(products.map((product) =>
    [product, (product.querySelector("h2").textContent + " " + product.dataset.code).toLowerCase()]));

  // Every word that was typed is part of the name or the code.
  function matches(product) {
    return search.value.toLowerCase().split(/\s+/).every((word) => words.get(product).includes(word));
  }

  function apply() {
    let shown = 0;
    for (const product of products) {
      const here = (department.value === "" || product.dataset.department === department.value) && matches(product);
      product.hidden = !here;
      document.getElementById("to-" + product.id).hidden = !here;
      if (here) shown++;
      let left = 0;
      for (const item of product.querySelectorAll(".alike > li")) {
        item.hidden = same.checked && item.dataset.department !== product.dataset.department;
        if (!item.hidden) left++;
      }
      product.querySelector(".none").hidden = left > 0;
    }
    count.textContent = (shown === products.length ? "" : shown + " of ") + products.length +
      (products.length === 1 ? " product" : " products");
  }

  // A link may lead to a product that the filter hides.
  function arrive() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) {
      department.value = "";
      search.value = "";
      apply();
      target.scrollIntoView();
    }
    if (target && target.matches(".product")) target.focus({ preventScroll: true });
  }

  document.getElementById("filter").hidden = false;
  search.addEventListener("input", apply);
  document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
  department.addEventListener("change", apply);
  same.addEventListener("change", apply);
  addEventListener("hashchange", arrive);
  apply();
  arrive();
})();
