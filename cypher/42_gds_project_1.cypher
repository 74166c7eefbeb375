// Project the products with their embeddings, as GDS 1.x calls it. Every product must have an embedding.
// database: products
// parameters: graph STRING
// returns: nodes INTEGER
// servers: >= 4.4, < 5
// plugin: GDS >= 1, < 2
CALL gds.graph.create($graph, {Product: {label: 'Product', properties: 'embedding'}}, '*') YIELD nodeCount
RETURN nodeCount AS nodes
