hm_cli_test(app usage)
hm_cli_test(app embed)
hm_cli_test(app knn)
