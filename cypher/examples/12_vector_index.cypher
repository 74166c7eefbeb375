// An index for approximate look-alikes inside the server, of vectors of current and former models alike.
// database: products
// parameters: none
// returns: nothing
// servers: >= 5.15
CREATE VECTOR INDEX productEmbedding IF NOT EXISTS FOR (p:Product) ON (p.embedding)
OPTIONS {indexConfig: {`vector.dimensions`: 2048, `vector.similarity_function`: 'cosine'}}
