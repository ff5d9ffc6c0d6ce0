"""A folder with the checkout and the wheels that laptops need without a network: `start.py offline-kit`.

targets    the kinds of machines that wheels are for: their tags, and their values of environment markers
check      what of all that is required is not among the wheels, and why
download   pip brings a target's wheels
checkout   the kit's files as a zip file
kit        puts the folder together, and says what is in it
"""
