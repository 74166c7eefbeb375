// An index for approximate look-alikes inside the server, before there was a statement for it. Fails when the index exists.
// database: products
// parameters: none
// returns: nothing
// servers: >= 5.11, < 2025
CALL db.index.vector.createNodeIndex('productEmbedding', 'Product', 'embedding', 2048, 'cosine')
