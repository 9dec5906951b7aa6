"""What benchmarks, proof campaigns and tests share: servers, databases, receivers, load, and measurements of the code.

Nothing of it is in the wheel. It may use leadloop; it knows no benchmark, no campaign and no test.
"""
